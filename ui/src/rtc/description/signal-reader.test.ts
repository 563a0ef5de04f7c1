import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sample } from './samples';
import { readSdp } from './sdp-reader';
import { writeSdp } from './sdp-writer';
import { readDescription } from './signal-reader';
import { DescriptionRefused } from './types';

const offer = readSdp('offer', sample('Chromium offers'));
type Json = Record<string, unknown>;

/** The offer with one value replaced, `transport.ufrag` for example. */
function changed(path: string, value: unknown): Json {
  const copy = structuredClone(offer) as unknown as Json;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const owner = names.reduce((at, name) => at[name] as Json, copy);
  owner[last] = value;
  return copy;
}

function refused(raw: unknown): string | null {
  try {
    readDescription(raw);
    return null;
  } catch (error) {
    if (error instanceof DescriptionRefused) return error.part;
    throw error;
  }
}

const host = { type: 'host', address: '192.0.2.1', port: 50_000, priority: 1, foundation: '1' };

it('reads the example of docs/protocol.md', () => {
  const page = readFileSync('../docs/protocol.md', 'utf8');
  const example = JSON.parse(/```json description\n(.*?)```/s.exec(page)?.[1] ?? 'null') as unknown;
  expect(readDescription(example)).toEqual(example);
});

describe('a description of a peer', () => {
  it.each([
    ['type', 'pranswer', 'form'],
    ['transport', undefined, 'form'],
    ['transport', [offer.transport, offer.transport], 'form'],
    ['transport.ufrag', ['abcd', 'efgh'], 'ice'],
    ['transport.ufrag', 'abc', 'ice'],
    ['transport.ufrag', 'abcd\r\na=ice-lite', 'ice'],
    ['transport.ufrag', 'abcd\n', 'ice'],
    ['transport.pwd', 'short', 'ice'],
    ['transport.pwd', `${'a'.repeat(24)}\r\na=x`, 'ice'],
    ['transport.setup', 'active', 'setup'],
    ['transport.setup', 'holdconn', 'setup'],
    ['transport.fingerprint', undefined, 'fingerprint'],
    ['transport.fingerprint', ['ab'.repeat(32)], 'fingerprint'],
    ['transport.fingerprint', 'AB'.repeat(32), 'fingerprint'],
    ['transport.fingerprint', `${'AB:'.repeat(31)}AB`, 'fingerprint'],
    ['transport.fingerprint', 'ab'.repeat(20), 'fingerprint'],
    ['transport.fingerprint', `sha-1 ${'ab'.repeat(20)}`, 'fingerprint'],
    ['transport.fingerprint', `${'ab'.repeat(32)}\r\na=fingerprint:sha-1 00`, 'fingerprint'],
    ['transport.fingerprint', `${'ab'.repeat(32)}\n`, 'fingerprint'],
    ['microphone', undefined, 'sections'],
    ['screen', null, 'sections'],
    ['screen', [], 'sections'],
    ['screen.direction', 'sendrecv\r\n', 'sections'],
    ['screen.ssrc', [], 'ssrc'],
    ['screen.ssrc', [1, 2, 3], 'ssrc'],
    ['screen.ssrc', [2 ** 32], 'ssrc'],
    ['screen.ssrc', offer.camera.ssrc, 'ssrc'],
    ['camera.formats', undefined, 'formats'],
    ['camera.formats.codecs', [], 'formats'],
    ['camera.formats.codecs', [{ pt: 0, name: 'VP8' }], 'formats'],
    ['camera.formats.codecs', [{ pt: 111, name: 'VP8' }], 'formats'],
    ['camera.formats.codecs', [{ pt: 96, name: 'VP8', rtx: 96 }], 'formats'],
    ['camera.formats.codecs', [{ pt: 96, name: 'VP8', fmtp: 1 }], 'formats'],
    ['camera.formats.codecs', [{ pt: 96, name: 'VP8', fmtp: 'profile=1;'.repeat(99) }], 'formats'],
    ['camera.formats.codecs', Array.from({ length: 33 }, () => ({ name: 'x' })), 'formats'],
    ['camera.formats.extensions', { mid: 3, toffset: 3 }, 'formats'],
    ['camera.formats.extensions', { mid: 15 }, 'formats'],
    ['camera.formats.extensions', { toffset: 1 }, 'formats'],
    ['data', undefined, 'data'],
    ['data.port', 0, 'data'],
    ['data.max', 2 ** 32, 'data'],
    ['candidates', undefined, 'candidates'],
    ['candidates', [{ ...host, address: 'evil.example' }], 'candidates'],
    ['candidates', Array.from({ length: 65 }, () => host), 'candidates'],
  ])('with %s %j is refused', (path, value, part) => {
    expect(refused(changed(path, value))).toBe(part);
  });

  it.each([
    ['type', 'offer'],
    ['bundle', ['0 1 2 3', '4']],
    ['sdp', 'v=0\r\n'],
    ['transport.fingerprints', ['ab'.repeat(32)]],
    ['camera.formats.extensions.x', 1],
    ['data.label', 'x'],
  ])('loses an unknown %s', (path, value) => {
    expect(readDescription(changed(path, value))).toEqual(offer);
  });

  it('loses codecs and parameters that are not known, whatever they are called', () => {
    const codecs = [
      { pt: 96, name: 'VP8', fmtp: 'x-google-max-bitrate=1;max-fr=30; max-fs=\r\n' },
      { pt: 97, name: 'VP8\r\na=x' },
      { pt: 98, name: 'constructor' },
      { pt: 99, name: '__proto__' },
    ];
    const read = readDescription(changed('camera.formats.codecs', codecs));
    expect(read.camera.formats?.codecs).toEqual([{ pt: 96, name: 'VP8', fmtp: 'max-fr=30' }]);
    expect(writeSdp(read)).not.toMatch(/[^\r]\n|\r[^\n]/);
  });
});
