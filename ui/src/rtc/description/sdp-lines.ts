import { refuse } from './types';

/** The lines of one part of an SDP: of the session, or of one m-line. */
export interface SdpPart {
  /** The m-line's value; empty for the session. */
  media: string;
  attributes: { name: string; value: string }[];
}

const MAX_SDP_LENGTH = 64_000;

/**
 * Attributes on which bundling, ICE and DTLS depend. In another spelling a browser may still understand them, or not,
 * so that one is refused.
 */
const CRITICAL = new Set([
  ...['group', 'mid', 'bundle-only', 'rtcp-mux', 'rtcp-mux-only'],
  ...['ice-ufrag', 'ice-pwd', 'ice-lite', 'ice-options', 'candidate', 'remote-candidates'],
  ...['fingerprint', 'setup', 'crypto', 'identity', 'connection'],
  ...['sctp-port', 'sctpmap', 'max-message-size'],
]);

/** Splits an SDP into the session's part and one for each m-line. */
export function splitSdp(sdp: string): [session: SdpPart, ...sections: SdpPart[]] {
  if (sdp.length > MAX_SDP_LENGTH || !sdp.startsWith('v=0\r\n') || !sdp.endsWith('\r\n')) refuse('form');
  const session: SdpPart = { media: '', attributes: [] };
  const sections: SdpPart[] = [];
  for (const line of sdp.slice(0, -2).split('\r\n')) {
    const [, type, value] = /^([a-z])=([ -~\u0080-\uffff]+)$/.exec(line) ?? refuse('form');
    if (type === 'm') sections.push({ media: value ?? '', attributes: [] });
    if (type === 'a') (sections.at(-1) ?? session).attributes.push(splitAttribute(value ?? ''));
  }
  return [session, ...sections];
}

function splitAttribute(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const plain = name.trim().toLowerCase();
  if (plain !== name && CRITICAL.has(plain)) refuse('form');
  return { name, value: colon < 0 ? '' : text.slice(colon + 1) };
}

/** The values of an attribute, in order. */
export function valuesOf(part: SdpPart, name: string): string[] {
  return part.attributes.flatMap((attribute) => (attribute.name === name ? attribute.value : []));
}

export const has = (part: SdpPart, name: string): boolean =>
  part.attributes.some((attribute) => attribute.name === name);
