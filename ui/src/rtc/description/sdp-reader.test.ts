import { describe, expect, it } from 'vitest';
import { sample, SAMPLES } from './samples';
import { readSdp } from './sdp-reader';
import { writeSdp } from './sdp-writer';
import { readDescription } from './signal-reader';
import { DescriptionRefused, type Description } from './types';

const offer = sample('Chromium offers');
const firefox = sample('Firefox offers');
const answer = sample('Firefox answers');

/** Reads it, and returns the part that was refused. */
function refused(sdp: string, type: Description['type'] = 'offer'): string | null {
  try {
    readSdp(type, sdp);
    return null;
  } catch (error) {
    if (error instanceof DescriptionRefused) return error.part;
    throw error;
  }
}

/** Puts lines in front of the line that `before` begins with, in the m-line of that number; 0 is the session. */
function insert(sdp: string, part: number, ...lines: string[]): string {
  const parts = sdp.split(/^(?=m=)/m);
  parts[part] = `${parts[part] ?? ''}${lines.map((line) => `${line}\r\n`).join('')}`;
  return parts.join('');
}

const print = (hash: string, bytes: number) => `a=fingerprint:${hash} ${'AB:'.repeat(bytes).slice(0, -1)}`;
const [sha1, sha384, sha512] = [print('sha-1', 20), print('sha-384', 48), print('sha-512', 64)];
const own = /a=fingerprint:sha-256 \S+/.exec(offer)?.[0] ?? '';

describe.each(SAMPLES)('the SDP with which $name', ({ type, sdp }) => {
  const description = readSdp(type, sdp);

  it('is read, and written so that it reads the same', () => {
    expect(readSdp(type, writeSdp(description))).toEqual(description);
  });

  it('travels as JSON and stays the same', () => {
    expect(readDescription(JSON.parse(JSON.stringify(description)))).toEqual(description);
  });

  it('is written with one transport and one bundle', () => {
    const written = writeSdp(description);
    const count = (line: RegExp) => written.match(line)?.length ?? 0;
    expect(count(/fingerprint/gi)).toBe(1);
    expect(count(/^a=ice-ufrag:/gm)).toBe(1);
    expect(count(/^a=ice-pwd:/gm)).toBe(1);
    expect(count(/^a=setup:/gm)).toBe(1);
    expect(written.match(/^a=group:.*$/gm)).toEqual(['a=group:BUNDLE 0 1 2 3 4\r'.trim()]);
  });

  it('keeps what a call needs', () => {
    const { microphone, camera } = description;
    expect(microphone.formats?.codecs[0]).toMatchObject({
      name: 'opus',
      fmtp: expect.stringContaining('fec=1'),
    });
    expect(camera.formats?.codecs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['VP8', 'VP9', 'AV1']),
    );
    expect(camera.formats?.codecs.find(({ name }) => name === 'VP8')?.rtx).toBeGreaterThan(0);
    expect(camera.formats?.feedback).toEqual(['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli']);
    expect(camera.formats?.extensions).toMatchObject({
      mid: expect.any(Number),
      transport_cc: expect.any(Number),
    });
    expect(camera.ssrc).toHaveLength(2);
    expect(description.candidates.length).toBeGreaterThan(0);
  });
});

describe('SDP that bundles in another way is refused', () => {
  it.each([
    ['two groups', offer.replace('BUNDLE 0 1 2 3 4', 'BUNDLE 0 1 2 3\r\na=group:BUNDLE 4')],
    ['the same group twice', insert(offer, 0, 'a=group:BUNDLE 0 1 2 3 4')],
    ['a group in a section', insert(offer, 2, 'a=group:BUNDLE 1')],
    ['no group', offer.replace('a=group:BUNDLE 0 1 2 3 4\r\n', '')],
    ['a section outside', offer.replace('BUNDLE 0 1 2 3 4', 'BUNDLE 0 1 2 3')],
    ['another order', offer.replace('BUNDLE 0 1 2 3 4', 'BUNDLE 1 0 2 3 4')],
    ['a section that is not there', offer.replace('BUNDLE 0 1 2 3 4', 'BUNDLE 0 1 2 3 4 5')],
    ['two spaces', offer.replace('BUNDLE 0 1', 'BUNDLE  0 1')],
    ['another semantics beside', insert(offer, 0, 'a=group:LS 0 1')],
    ['another name of a section', offer.replace('a=mid:4', 'a=mid:data')],
    ['one name twice', offer.replace('a=mid:4', 'a=mid:3')],
    ['a second name', insert(offer, 5, 'a=mid:5')],
    ['no name', offer.replace('a=mid:4\r\n', '')],
  ])('%s', (_, sdp) => expect(refused(sdp)).toBe('bundle'));
});

describe('SDP with other sections is refused', () => {
  const parts = offer.split(/^(?=m=)/m);
  it.each([
    ['one less', parts.slice(0, -1).join('')],
    ['one more', offer + (parts[5] ?? '')],
    ['none', parts[0] ?? ''],
    ['another port', offer.replace('m=video 9 ', 'm=video 65536 ')],
    ['without RTCP on the same port', offer.replace('a=rtcp-mux\r\n', '')],
    ['over another protocol', offer.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF')],
    ['a rejected section', offer.replace('m=video 9 ', 'm=video 0 ')],
    ['data over another protocol', offer.replace('UDP/DTLS/SCTP', 'DTLS/SCTP')],
  ])('%s', (_, sdp) => expect(refused(sdp)).toBe('sections'));

  it('in another order', () => {
    const [session = '', microphone = '', camera = '', ...rest] = parts;
    expect(refused([session, camera, microphone, ...rest].join(''))).toBe('bundle');
    const renamed = [
      session,
      camera.replace('mid:1', 'mid:0'),
      microphone.replace('mid:0', 'mid:1'),
      ...rest,
    ];
    expect(refused(renamed.join(''))).toBe('sections');
  });

  it('a section without a port in an answer, or in an offer outside the bundle only', () => {
    expect(refused(answer, 'answer')).toBeNull();
    expect(refused(answer.replace(/m=video \d+ /, 'm=video 0 '), 'answer')).toBe('sections');
    expect(refused(firefox)).toBeNull();
    expect(refused(firefox.replace('a=bundle-only\r\n', ''))).toBe('sections');
  });
});

describe('SDP with another fingerprint is refused', () => {
  const other = `${own.slice(0, -2)}00`;
  it.each(
    [sha1, sha384, sha512, other, own.replace('sha-256 ', 'sha-256  '), own.replace('sha-256 ', 'sha-256\t')]
      .concat([own.replace('sha-256', 'SHA-256'), own.toLowerCase(), `${own} `, own.replace('sha-256 ', '')])
      .flatMap((line) => [0, 1, 3, 5].map((part) => [line.slice(0, 36), part, line] as const)),
  )('%s beside the right one, in part %i', (_, part, line) => {
    expect(refused(insert(offer, part, line))).toMatch(/fingerprint|form/);
    expect(refused(insert(firefox, part, line))).toMatch(/fingerprint|form/);
  });

  it.each([
    ['a=FINGERPRINT:', 'form'],
    ['a= fingerprint:', 'form'],
    ['a=fingerprint :', 'form'],
    ['A=fingerprint:', 'form'],
    [' a=fingerprint:', 'form'],
  ])('in the spelling %j', (start, part) => {
    expect(refused(insert(offer, 1, sha1.replace('a=fingerprint:', start)))).toBe(part);
  });

  it.each([
    ['none', offer.replaceAll(`${own}\r\n`, '')],
    ['an old hash alone', offer.replaceAll(own, sha1)],
    [
      'lower case',
      offer.replaceAll(
        own,
        own.replace(/(?<= ).*/, (hex) => hex.toLowerCase()),
      ),
    ],
    ['one byte less', offer.replaceAll(own, own.slice(0, -3))],
    ['no colons', offer.replaceAll(own, own.replaceAll(/(?<= .*):/g, ''))],
  ])('%s', (_, sdp) => expect(refused(sdp)).toBe('fingerprint'));
});

describe('SDP with another transport is refused', () => {
  it.each([
    ['a second user fragment', insert(offer, 5, 'a=ice-ufrag:abcd'), 'ice'],
    ['a second password', insert(offer, 5, `a=ice-pwd:${'a'.repeat(24)}`), 'ice'],
    ['a password that is too short', offer.replaceAll(/a=ice-pwd:.*/g, 'a=ice-pwd:short'), 'ice'],
    ['ICE lite', insert(offer, 0, 'a=ice-lite'), 'ice'],
    ['keys in the description', insert(offer, 1, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x'), 'ice'],
    ['a second role', insert(offer, 5, 'a=setup:active'), 'setup'],
    ['the role of an answer', offer.replaceAll('a=setup:actpass', 'a=setup:active'), 'setup'],
    ['an unusual role', offer.replaceAll('a=setup:actpass', 'a=setup:holdconn'), 'setup'],
    ['no role', offer.replaceAll('a=setup:actpass\r\n', ''), 'setup'],
    ['a second port of SCTP', insert(offer, 5, 'a=sctp-port:5001'), 'data'],
    ['no port of SCTP', offer.replace('a=sctp-port:5000\r\n', ''), 'data'],
    ['a stream twice', offer.replaceAll('1640886216', '1002780625'), 'ssrc'],
    ['a payload type of two codecs', insert(offer, 2, 'a=rtpmap:96 VP9/90000'), 'formats'],
    ['a payload type of two sections', offer.replaceAll(/\b96\b/g, '111'), 'formats'],
    ['line feeds alone', offer.replaceAll('\r\n', '\n'), 'form'],
    ['a lone line feed', offer.replace('s=-', 's=-\na=x'), 'form'],
    ['an end in a line', offer.slice(0, -2), 'form'],
  ])('%s', (_, sdp, part) => expect(refused(sdp)).toBe(part));

  it('an answer that leaves the role open', () => {
    expect(refused(answer.replaceAll('a=setup:active', 'a=setup:actpass'), 'answer')).toBe('setup');
  });
});

describe('SDP loses on the way', () => {
  const through = (sdp: string) => writeSdp(readSdp('offer', sdp));

  it('attributes, codecs, parameters and extensions that are not known', () => {
    const more = [
      'a=x-secret:1',
      'a=rtcp-fb:96 x-feedback',
      'a=extmap:15 urn:x-extension',
      'a=ssrc:1002780625 x-attribute:1',
    ];
    expect(through(insert(offer, 2, ...more))).toBe(through(offer));
    const steered = offer.replaceAll('minptime=10', 'x-google-max-bitrate=1;minptime=10');
    expect(through(steered)).toBe(through(offer));
    expect(through(offer)).not.toMatch(/PCMU|telephone-event|generation|cname:(?!parlour)/);
  });

  it('candidates of RTCP, and those with names that a DNS server would be asked for', () => {
    const more = [
      'a=candidate:1 2 udp 1 192.0.2.9 9 typ host',
      'a=candidate:1 1 udp 1 evil.example 9 typ host',
    ];
    expect(through(insert(offer, 1, ...more))).toBe(through(offer));
    expect(through(firefox)).not.toContain(' 2 udp ');
  });

  it('candidates above the bound', () => {
    const many = Array.from({ length: 200 }, (_, n) => `a=candidate:1 1 udp 1 192.0.2.9 ${n + 1} typ host`);
    expect(readSdp('offer', insert(offer, 1, ...many)).candidates).toHaveLength(64);
  });
});

it('a section whose formats differ from the first of its kind has its own', () => {
  const parts = offer.split(/^(?=m=)/m);
  parts[3] = parts[3]?.replace(' 96 97 ', ' ') ?? '';
  const description = readSdp('offer', parts.join(''));
  expect(description.camera.formats?.codecs[0]?.name).toBe('VP8');
  expect(description.screen.formats?.codecs[0]?.name).toBe('H264');
  expect(description.screen_audio.formats).toBeUndefined();
  expect(readSdp('offer', writeSdp(description))).toEqual(description);
});
