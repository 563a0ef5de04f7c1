import { isInteger, isRecord } from './json';
import { refuse } from './types';

export type Kind = 'audio' | 'video';

/** The codecs that are used; their clock rates and channels follow from the name. All others are dropped. */
const CODECS = {
  audio: { opus: '48000/2', red: '48000/2' },
  video: {
    VP8: '90000',
    VP9: '90000',
    AV1: '90000',
    H264: '90000',
    H265: '90000',
    red: '90000',
    ulpfec: '90000',
  },
} as const satisfies Record<Kind, Record<string, string>>;

/** The header extensions that are used. All others are dropped. */
export const EXTENSIONS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repaired_rid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  audio_level: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  toffset: 'urn:ietf:params:rtp-hdrext:toffset',
  orientation: 'urn:3gpp:video-orientation',
  send_time: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transport_cc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  playout_delay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  content_type: 'http://www.webrtc.org/experiments/rtp-hdrext/video-content-type',
  timing: 'http://www.webrtc.org/experiments/rtp-hdrext/video-timing',
  color_space: 'http://www.webrtc.org/experiments/rtp-hdrext/color-space',
} as const;

export type Extension = keyof typeof EXTENSIONS;

export const EXTENSION_NAMES = Object.keys(EXTENSIONS) as Extension[];

/** In the order in which they are written. */
export const FEEDBACK = ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli'] as const;

export type Feedback = (typeof FEEDBACK)[number];

/** The parameters of codecs that are used. Others can steer an encoder, and are dropped. */
const PARAMETERS = new Set([
  ...['minptime', 'maxptime', 'ptime', 'useinbandfec', 'usedtx', 'cbr', 'stereo', 'sprop-stereo'],
  ...['maxplaybackrate', 'maxaveragebitrate', 'max-fs', 'max-fr'],
  ...['level-asymmetry-allowed', 'packetization-mode', 'profile-level-id'],
  ...['profile-id', 'level-id', 'tier-flag', 'tx-mode', 'level-idx', 'profile', 'tier'],
]);

export interface Codec {
  /** Payload type. */
  pt: number;
  name: string;
  /** The payload type of its retransmissions. */
  rtx?: number;
  fmtp?: string;
  /** Missing: as in `Formats`. */
  feedback?: Feedback[];
}

/** The formats of a section: codecs in the order of preference, feedback, header extensions with their ids. */
export interface Formats {
  codecs: Codec[];
  feedback: Feedback[];
  extensions: Partial<Record<Extension, number>>;
}

const MAX_CODECS = 32;
const MAX_FMTP_LENGTH = 160;
const MAX_PARAMETERS = 12;

/** `48000/2` of `opus`; undefined for a codec that is not used. */
export function clockRate(kind: Kind, name: string): string | undefined {
  const rates: Record<string, string> = CODECS[kind];
  return Object.hasOwn(rates, name) ? rates[name] : undefined;
}

/** Dynamic payload types, without those that RTCP packets can be taken for (RFC 5761, 4). */
export const isPayloadType = (pt: unknown): pt is number => isInteger(pt, 35, 127) && !(pt >= 64 && pt <= 95);

/** 15 means something else in one-byte headers (RFC 8285, 4.2). */
export const isExtensionId = (id: unknown): id is number => isInteger(id, 1, 255) && id !== 15;

/** Keeps the known parameters. Undefined if none is left. */
export function readParameters(text: string): string | undefined {
  if (text.length > MAX_FMTP_LENGTH) refuse('formats');
  const known = text.split(';').flatMap((parameter) => {
    const [, name = '', value = ''] = /^\s*([a-z-]+)=([\w.-]+)\s*$/.exec(parameter) ?? [];
    return PARAMETERS.has(name) ? [`${name}=${value}`] : [];
  });
  if (known.length > MAX_PARAMETERS) refuse('formats');
  return known.length > 0 ? known.join(';') : undefined;
}

/** `111/111` in the parameters of `red`: the payload types inside. Undefined if one is not among the codecs. */
export function readRedundancy(text: string, payloadTypes: ReadonlySet<number>): string | undefined {
  if (!/^\d{1,3}(\/\d{1,3}){0,3}$/.test(text)) return undefined;
  const inside = text.split('/').map(Number);
  return inside.every((pt) => payloadTypes.has(pt)) ? inside.join('/') : undefined;
}

/** Reads the JSON of a peer. */
export function readFormats(kind: Kind, raw: unknown): Formats {
  if (!isRecord(raw) || !Array.isArray(raw.codecs) || !isRecord(raw.extensions)) refuse('formats');
  if (raw.codecs.length > MAX_CODECS) refuse('formats');
  const known = raw.codecs.filter((codec): codec is Record<string, unknown> => {
    if (!isRecord(codec) || typeof codec.name !== 'string') refuse('formats');
    return clockRate(kind, codec.name) !== undefined;
  });
  const feedback = readFeedback(raw.feedback);
  const payloadTypes = new Set(known.flatMap(({ pt }) => (isPayloadType(pt) ? pt : [])));
  const codecs = known.map((codec) => readCodec(codec, payloadTypes));
  return checkFormats({ codecs, feedback, extensions: readExtensions(raw.extensions) });
}

/** The feedback that a codec has. */
export const feedbackOf = ({ feedback }: Formats, codec: Codec): Feedback[] => codec.feedback ?? feedback;

/** Holds for both readers: no number is used twice, there is a codec, and the usual feedback is that of the first. */
export function checkFormats(formats: Formats): Formats {
  const payloadTypes = payloadTypesOf(formats);
  const ids = Object.values(formats.extensions);
  const unique = new Set(payloadTypes).size === payloadTypes.length && new Set(ids).size === ids.length;
  const [first] = formats.codecs;
  if (!unique || !first || formats.codecs.length > MAX_CODECS) refuse('formats');
  const usual = feedbackOf(formats, first);
  const codecs = formats.codecs.map((codec) => {
    const { feedback, ...rest } = codec;
    const own = feedback ?? formats.feedback;
    return own.join() === usual.join() ? rest : { ...rest, feedback: own };
  });
  return { ...formats, codecs, feedback: usual };
}

export const payloadTypesOf = ({ codecs }: Formats): number[] =>
  codecs.flatMap(({ pt, rtx }) => (rtx === undefined ? [pt] : [pt, rtx]));

function readCodec(raw: Record<string, unknown>, payloadTypes: ReadonlySet<number>): Codec {
  const { pt, rtx, fmtp } = raw;
  const name = raw.name as string;
  if (!isPayloadType(pt)) refuse('formats');
  const codec: Codec = { pt, name };
  if (rtx !== undefined) codec.rtx = isPayloadType(rtx) ? rtx : refuse('formats');
  if (fmtp !== undefined) {
    if (typeof fmtp !== 'string') refuse('formats');
    const read = name === 'red' ? readRedundancy(fmtp, payloadTypes) : readParameters(fmtp);
    if (read !== undefined) codec.fmtp = read;
  }
  if (raw.feedback !== undefined) codec.feedback = readFeedback(raw.feedback);
  return codec;
}

function readFeedback(raw: unknown): Feedback[] {
  if (!Array.isArray(raw) || raw.length > 16) refuse('formats');
  return FEEDBACK.filter((known) => raw.includes(known));
}

function readExtensions(raw: Record<string, unknown>): Formats['extensions'] {
  const read: Formats['extensions'] = {};
  for (const name of EXTENSION_NAMES) {
    if (!Object.hasOwn(raw, name)) continue;
    const id = raw[name];
    read[name] = isExtensionId(id) ? id : refuse('formats');
  }
  return read;
}
