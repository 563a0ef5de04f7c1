import { TRACK_KINDS, TRACK_SOURCES } from '../peer-link/transceivers';
import { payloadTypesOf, type Formats } from './formats';
import { isInteger, isRecord } from './json';
import { refuse, type DataSection, type Description, type Transport } from './types';

const MAX_MESSAGE_SIZE = 2 ** 32 - 1;

/** Holds for both readers: what the sections of one bundle share does not contradict itself. */
export function checkDescription(description: Description): Description {
  const { microphone, camera } = description;
  if (!microphone.formats || !camera.formats) refuse('formats');
  const ssrcs = TRACK_SOURCES.flatMap((source) => description[source].ssrc ?? []);
  if (new Set(ssrcs).size !== ssrcs.length) refuse('ssrc');
  const meanings = new Map<string, string>();
  const claim = (number: string, meaning: string) => {
    if ((meanings.get(number) ?? meaning) !== meaning) refuse('formats');
    meanings.set(number, meaning);
  };
  for (const source of TRACK_SOURCES) {
    const { formats } = description[source];
    if (!formats) continue;
    for (const pt of payloadTypesOf(formats)) claim(`pt ${pt}`, meaningOf(TRACK_KINDS[source], formats, pt));
    for (const [name, id] of Object.entries(formats.extensions)) claim(`extension ${id}`, name);
  }
  return description;
}

function meaningOf(kind: string, { codecs }: Formats, pt: number): string {
  const codec = codecs.find((each) => each.pt === pt || each.rtx === pt);
  return `${kind} ${codec?.name} ${codec?.fmtp} ${codec?.pt === pt ? '' : `rtx of ${codec?.pt}`}`;
}

/** An offer leaves the role to the answer, and an answer takes one. */
export function readSetup(type: Description['type'], setup: unknown): Transport['setup'] {
  if (type === 'offer') return setup === 'actpass' ? setup : refuse('setup');
  return setup === 'active' || setup === 'passive' ? setup : refuse('setup');
}

export const isSsrc = (value: unknown): value is number => isInteger(value, 1, 2 ** 32 - 1);

export function readData(raw: unknown): DataSection {
  if (!isRecord(raw) || !isInteger(raw.port, 1, 65_535) || !isInteger(raw.max, 1, MAX_MESSAGE_SIZE))
    refuse('data');
  return { port: raw.port, max: raw.max };
}
