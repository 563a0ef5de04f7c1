import { TRACK_KINDS, TRACK_SOURCES, type TrackSource } from '../peer-link/transceivers';
import { writeCandidate } from './candidate';
import {
  clockRate,
  EXTENSION_NAMES,
  EXTENSIONS,
  feedbackOf,
  payloadTypesOf,
  type Codec,
  type Formats,
  type Kind,
} from './formats';
import type { Description, MediaSection } from './types';

const MIDS = [...TRACK_SOURCES.keys(), TRACK_SOURCES.length].join(' ');

/** Chromium's name. Others, and the reader, ignore it. */
const START_BITRATE = 'x-google-start-bitrate';

/**
 * Writes the SDP that a browser applies. The transport stands once, in the session's part. `startBitrate`, in kbit a
 * second, is this page's own word to its browser: no peer hears or says it.
 */
export function writeSdp(description: Description, startBitrate?: number): string {
  const { transport, data, candidates } = description;
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${MIDS}`,
    'a=extmap-allow-mixed',
    `a=ice-ufrag:${transport.ufrag}`,
    `a=ice-pwd:${transport.pwd}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${transport.fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:')}`,
    `a=setup:${transport.setup}`,
  ];
  TRACK_SOURCES.forEach((source, mid) => {
    const formats = formatsOf(description, source);
    lines.push(...writeSection(source, mid, description[source], formats, startBitrate));
    if (mid === 0) lines.push(...candidates.map((candidate) => `a=${writeCandidate(candidate)}`));
  });
  lines.push(
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=mid:${TRACK_SOURCES.length}`,
    `a=sctp-port:${data.port}`,
    `a=max-message-size:${data.max}`,
  );
  return lines.map((line) => `${line}\r\n`).join('');
}

/** The first section of a kind has the formats of the second one, too. */
export function formatsOf(description: Description, source: TrackSource): Formats {
  const first = TRACK_KINDS[source] === 'audio' ? description.microphone : description.camera;
  return description[source].formats ?? first.formats ?? { codecs: [], feedback: [], extensions: {} };
}

function writeSection(
  source: TrackSource,
  mid: number,
  section: MediaSection,
  formats: Formats,
  startBitrate?: number,
): string[] {
  const kind = TRACK_KINDS[source];
  const { direction = 'sendrecv', ssrc = [] } = section;
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypesOf(formats).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    // No name of the other computer's tracks is of use here.
    `a=msid:- ${source}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...EXTENSION_NAMES.flatMap((name) => {
      const id = formats.extensions[name];
      return id === undefined ? [] : [`a=extmap:${id} ${EXTENSIONS[name]}`];
    }),
    ...writeCodecs(kind, formats, startBitrate),
    ...(ssrc.length === 2 ? [`a=ssrc-group:FID ${ssrc.join(' ')}`] : []),
    ...ssrc.map((id) => `a=ssrc:${id} cname:parlour`),
  ];
}

function writeCodecs(kind: Kind, formats: Formats, startBitrate?: number): string[] {
  const parametersOf = ({ name, fmtp }: Codec): string[] => {
    const isPicture = kind === 'video' && name !== 'red' && name !== 'ulpfec';
    const start = isPicture && startBitrate !== undefined ? [`${START_BITRATE}=${startBitrate}`] : [];
    return [...(fmtp === undefined ? [] : [fmtp]), ...start];
  };
  return formats.codecs.flatMap((codec) => [
    `a=rtpmap:${codec.pt} ${codec.name}/${clockRate(kind, codec.name)}`,
    ...feedbackOf(formats, codec).map((name) => `a=rtcp-fb:${codec.pt} ${name}`),
    ...(parametersOf(codec).length > 0 ? [`a=fmtp:${codec.pt} ${parametersOf(codec).join(';')}`] : []),
    ...(codec.rtx === undefined
      ? []
      : [`a=rtpmap:${codec.rtx} rtx/90000`, `a=fmtp:${codec.rtx} apt=${codec.pt}`]),
  ]);
}
