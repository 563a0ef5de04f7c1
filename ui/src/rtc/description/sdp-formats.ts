import {
  checkFormats,
  clockRate,
  EXTENSION_NAMES,
  EXTENSIONS,
  FEEDBACK,
  isExtensionId,
  isPayloadType,
  readParameters,
  readRedundancy,
  type Codec,
  type Feedback,
  type Formats,
  type Kind,
} from './formats';
import { valuesOf, type SdpPart } from './sdp-lines';
import { refuse } from './types';

/** Reads the codecs and header extensions of a section in SDP. `payloadTypes` is the order of preference. */
export function readSdpFormats(kind: Kind, part: SdpPart, payloadTypes: number[]): Formats {
  const names = byPayloadType(valuesOf(part, 'rtpmap'));
  const parameters = byPayloadType(valuesOf(part, 'fmtp'));
  const nameOf = (pt: number) => {
    const [name = '', ...rate] = (names.get(pt) ?? '').split('/');
    return isPayloadType(pt) && clockRate(kind, name) === rate.join('/') ? name : undefined;
  };
  const used = payloadTypes.filter((pt) => nameOf(pt) !== undefined);
  const retransmissions = new Map<number, number>();
  for (const pt of payloadTypes) {
    const [, of] = /^apt=(\d{1,3})$/.exec(parameters.get(pt) ?? '') ?? [];
    if (names.get(pt) === 'rtx/90000' && isPayloadType(pt)) retransmissions.set(Number(of), pt);
  }
  const feedbackOf = readFeedback(part);
  const codecs = used.map((pt) => {
    const name = nameOf(pt) ?? '';
    const codec: Codec = { pt, name };
    const rtx = retransmissions.get(pt);
    if (rtx !== undefined) codec.rtx = rtx;
    const text = parameters.get(pt);
    const fmtp =
      text === undefined || name !== 'red' ? readParameters(text ?? '') : readRedundancy(text, new Set(used));
    if (fmtp !== undefined) codec.fmtp = fmtp;
    codec.feedback = feedbackOf(pt);
    return codec;
  });
  return checkFormats({ codecs, feedback: [], extensions: readExtensions(part) });
}

/** One line for each payload type. */
function byPayloadType(values: string[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const value of values) {
    const [, pt, rest = ''] = /^(\d{1,3}) (.+)$/.exec(value) ?? [];
    if (pt === undefined || found.has(Number(pt))) refuse('formats');
    found.set(Number(pt), rest);
  }
  return found;
}

function readFeedback(part: SdpPart): (pt: number) => Feedback[] {
  const lines = new Set(valuesOf(part, 'rtcp-fb'));
  return (pt) => FEEDBACK.filter((name) => lines.has(`${pt} ${name}`) || lines.has(`* ${name}`));
}

/** Extensions for one direction alone are left out. */
function readExtensions(part: SdpPart): Formats['extensions'] {
  const read: Formats['extensions'] = {};
  for (const value of valuesOf(part, 'extmap')) {
    const [, id, uri] = /^(\d{1,3}) (\S+)$/.exec(value) ?? [];
    const name = EXTENSION_NAMES.find((known) => EXTENSIONS[known] === uri);
    if (!name || !isExtensionId(Number(id))) continue;
    if (read[name] !== undefined) refuse('formats');
    read[name] = Number(id);
  }
  return read;
}
