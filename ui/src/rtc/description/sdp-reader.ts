import { TRACK_KINDS, TRACK_SOURCES } from '../peer-link/transceivers';
import { isPwd, isUfrag, MAX_CANDIDATES, parseCandidate, type Candidate } from './candidate';
import { isInteger } from './json';
import { checkDescription, isSsrc, readData, readSetup } from './rules';
import { readSdpFormats } from './sdp-formats';
import { has, splitSdp, valuesOf, type SdpPart } from './sdp-lines';
import { refuse, type Description, type MediaSection, type Transport } from './types';

const MIDS = [...TRACK_SOURCES.keys(), TRACK_SOURCES.length];

/**
 * Reads the SDP of a browser. Throws `DescriptionRefused` when it is not one bundle of the five sections over one
 * transport, or says so in an unusual spelling.
 */
export function readSdp(type: Description['type'], sdp: string): Description {
  const parts = splitSdp(sdp);
  const [session, ...sections] = parts;
  const data = sections.at(-1);
  if (!data || sections.length !== MIDS.length) refuse('sections');
  if (valuesOf(session, 'group').join() !== `BUNDLE ${MIDS.join(' ')}`) refuse('bundle');
  sections.forEach((section, at) => {
    if (has(section, 'group') || valuesOf(section, 'mid').join() !== `${at}`) refuse('bundle');
  });
  readMediaLine(type, data, 'application', 'UDP/DTLS/SCTP', 'webrtc-datachannel');
  const media = TRACK_SOURCES.map((source, at) =>
    readSection(type, TRACK_KINDS[source], sections[at] ?? data),
  );
  const [microphone, camera, screen, screen_audio] = media;
  if (!microphone || !camera || !screen || !screen_audio) refuse('sections');
  dropEqualFormats(microphone, screen_audio);
  dropEqualFormats(camera, screen);
  return checkDescription({
    ...{ type, transport: readTransport(type, parts), microphone, camera, screen, screen_audio },
    data: readData({
      port: numberOf(valuesOf(data, 'sctp-port')),
      max: numberOf(valuesOf(data, 'max-message-size')),
    }),
    candidates: readCandidates(parts),
  });
}

/** Each value has to be there, and the same wherever it stands. */
function readTransport(type: Description['type'], parts: SdpPart[]): Transport {
  const only = (name: string) => {
    const values = new Set(parts.flatMap((part) => valuesOf(part, name)));
    return values.size === 1 ? [...values][0] : undefined;
  };
  if (parts.some((part) => has(part, 'ice-lite') || has(part, 'crypto'))) refuse('ice');
  const [ufrag, pwd] = [only('ice-ufrag'), only('ice-pwd')];
  if (!isUfrag(ufrag) || !isPwd(pwd)) refuse('ice');
  const fingerprint = only('fingerprint') ?? refuse('fingerprint');
  if (!/^sha-256 [\dA-F]{2}(?::[\dA-F]{2}){31}$/.test(fingerprint)) refuse('fingerprint');
  return {
    ...{ ufrag, pwd, setup: readSetup(type, only('setup')) },
    fingerprint: fingerprint.slice('sha-256 '.length).replaceAll(':', '').toLowerCase(),
  };
}

/** A section without a port was rejected, unless an offer wants it in the bundle only. Returns the formats. */
function readMediaLine(
  type: Description['type'],
  part: SdpPart,
  kind: string,
  protocol: string,
  formats?: string,
): string {
  const [, media, port, proto, rest = ''] = /^(\w+) (\d{1,5}) (\S+) (.+)$/.exec(part.media) ?? [];
  if (media !== kind || proto !== protocol || (formats !== undefined && rest !== formats)) refuse('sections');
  const least = type === 'offer' && has(part, 'bundle-only') ? 0 : 1;
  if (!isInteger(Number(port), least, 65_535)) refuse('sections');
  return rest;
}

function readSection(type: Description['type'], kind: 'audio' | 'video', part: SdpPart): MediaSection {
  const rest = readMediaLine(type, part, kind, 'UDP/TLS/RTP/SAVPF');
  if (!has(part, 'rtcp-mux') || !/^\d{1,3}( \d{1,3}){0,63}$/.test(rest)) refuse('sections');
  const formats = readSdpFormats(kind, part, rest.split(' ').map(Number));
  const section: MediaSection = { formats };
  for (const direction of ['sendonly', 'recvonly', 'inactive'] as const) {
    if (has(part, direction)) section.direction = section.direction ? refuse('sections') : direction;
  }
  const ssrc = readSsrc(part);
  if (ssrc) section.ssrc = ssrc;
  return section;
}

/** Of a stream alone, or with its retransmissions. */
function readSsrc(part: SdpPart): MediaSection['ssrc'] {
  const all = valuesOf(part, 'ssrc').map((value) => Number(/^\d{1,10}(?= )/.exec(value)?.[0]));
  if (!all.every(isSsrc)) refuse('ssrc');
  const [first] = all;
  if (first === undefined) return undefined;
  for (const group of valuesOf(part, 'ssrc-group')) {
    const [kind, main, again, more] = group.split(' ');
    const isPair = kind === 'FID' && Number(main) === first && more === undefined;
    if (isPair && all.includes(Number(again))) return [first, Number(again)];
  }
  return [first];
}

function dropEqualFormats(first: MediaSection, second: MediaSection): void {
  if (JSON.stringify(first.formats) === JSON.stringify(second.formats)) delete second.formats;
}

/** Candidates that cannot be used are left out, and those above the bound, too. */
function readCandidates(parts: SdpPart[]): Candidate[] {
  const lines = parts.flatMap((part) => valuesOf(part, 'candidate'));
  return lines.flatMap((line) => parseCandidate(`candidate:${line}`) ?? []).slice(0, MAX_CANDIDATES);
}

function numberOf(values: string[]): number {
  const [value = '', more] = values;
  return more === undefined && /^\d{1,10}$/.test(value) ? Number(value) : NaN;
}
