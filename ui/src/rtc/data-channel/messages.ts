import {
  readEphemeralMessage,
  readReliableMessage,
  type EphemeralMessage,
  type ReliableMessage,
} from './notes';
import type { SafetyMessage } from '../safety/exchange';

/** What a person sends of microphone and camera. */
export interface MediaState {
  mic: boolean;
  camera: boolean;
}

/** What a person shows of itself, for the others' screens. */
export interface PeerState extends MediaState {
  /** A screen or window is shared. */
  screen: boolean;
  /** The hand is raised. */
  hand: boolean;
}

/** What one page says to the other over a link's data channel. */
export type PeerMessage =
  | ({ type: 'state' } & PeerState)
  | { type: 'note'; note: EphemeralMessage }
  /** A post that cannot be read is acknowledged all the same, or it would come for ever. */
  | { type: 'post'; n: number; post: ReliableMessage | null }
  /** All posts up to this one are there. */
  | { type: 'got'; n: number }
  /** A sealed signal; `n` is its number, for the answer alone: what counts is sealed. */
  | { type: 'signal'; n: number; envelope: string }
  | { type: 'signal_got'; n: number }
  | SafetyMessage;

/** What can be wrong with it; the check for safety forgives nothing. */
export type MessageProblem = 'message_invalid' | 'safety_invalid';

export const MAX_MESSAGE_LENGTH = 32_768;
const BYTES_32 = /^[\da-f]{64}$/;

/** A message of a peer; null if it is of a type that only a newer version knows. */
export function readMessage(data: unknown): PeerMessage | MessageProblem | null {
  if (typeof data !== 'string' || data.length > MAX_MESSAGE_LENGTH) return 'message_invalid';
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return 'message_invalid';
  }
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || typeof raw.type !== 'string') {
    return 'message_invalid';
  }
  return read(raw.type, raw as Record<string, unknown>);
}

function read(type: string, raw: Record<string, unknown>): PeerMessage | MessageProblem | null {
  const { mic, camera, screen, hand, n, envelope, hash, nonce } = raw;
  switch (type) {
    case 'state':
      return isFlag(mic) && isFlag(camera) && isFlag(screen) && isFlag(hand)
        ? { type, mic, camera, screen, hand }
        : 'message_invalid';
    case 'note': {
      const note = readEphemeralMessage(raw.note);
      return note && { type, note };
    }
    case 'post':
      return isNumber(n) ? { type, n, post: readReliableMessage(raw.post) } : 'message_invalid';
    case 'signal':
      return isNumber(n) && typeof envelope === 'string' ? { type, n, envelope } : 'message_invalid';
    case 'got':
    case 'signal_got':
      return isNumber(n) ? { type, n } : 'message_invalid';
    case 'commit':
      return isBytes(hash) ? { type, hash } : 'safety_invalid';
    case 'reveal':
      return isBytes(nonce) ? { type, nonce } : 'safety_invalid';
    default:
      return null;
  }
}

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const isBytes = (value: unknown): value is string => typeof value === 'string' && BYTES_32.test(value);
