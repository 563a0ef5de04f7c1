import { TRACK_KINDS } from '../peer-link/transceivers';
import { isPwd, isUfrag, MAX_CANDIDATES, readCandidate, type Candidate } from './candidate';
import { readFormats } from './formats';
import { isRecord } from './json';
import { checkDescription, isSsrc, readData, readSetup } from './rules';
import { refuse, type Description, type MediaSection, type Transport } from './types';

/** Reads the JSON of a peer. Throws `DescriptionRefused`. Fields that are not known are left out. */
export function readDescription(raw: unknown): Description {
  if (!isRecord(raw)) refuse('form');
  const { type } = raw;
  if (type !== 'offer' && type !== 'answer') refuse('form');
  return checkDescription({
    type,
    transport: readTransport(type, raw.transport),
    microphone: readSection('microphone', raw.microphone),
    camera: readSection('camera', raw.camera),
    screen: readSection('screen', raw.screen),
    screen_audio: readSection('screen_audio', raw.screen_audio),
    data: readData(raw.data),
    candidates: readCandidates(raw.candidates),
  });
}

function readTransport(type: Description['type'], raw: unknown): Transport {
  if (!isRecord(raw)) refuse('form');
  const { ufrag, pwd, setup, fingerprint } = raw;
  if (!isUfrag(ufrag) || !isPwd(pwd)) refuse('ice');
  if (typeof fingerprint !== 'string' || !/^[\da-f]{64}$/.test(fingerprint)) refuse('fingerprint');
  return { ufrag, pwd, setup: readSetup(type, setup), fingerprint };
}

function readSection(source: keyof typeof TRACK_KINDS, raw: unknown): MediaSection {
  if (!isRecord(raw)) refuse('sections');
  const { direction, ssrc, formats } = raw;
  const section: MediaSection = {};
  if (direction !== undefined) {
    if (direction !== 'sendonly' && direction !== 'recvonly' && direction !== 'inactive') refuse('sections');
    section.direction = direction;
  }
  if (ssrc !== undefined) {
    if (!Array.isArray(ssrc) || ssrc.length < 1 || ssrc.length > 2 || !ssrc.every(isSsrc)) refuse('ssrc');
    section.ssrc = [...ssrc] as [number] | [number, number];
  }
  if (formats !== undefined) section.formats = readFormats(TRACK_KINDS[source], formats);
  return section;
}

function readCandidates(raw: unknown): Candidate[] {
  if (!Array.isArray(raw) || raw.length > MAX_CANDIDATES) refuse('candidates');
  return raw.map((each) => {
    const candidate = readCandidate(each) ?? refuse('candidates');
    // The description has the fragment of all of them.
    delete candidate.ufrag;
    return candidate;
  });
}
