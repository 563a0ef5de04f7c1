import { MAX_PICTURE_SIDE, type PictureWish, type VideoWish } from '../quality/wish';
import type { SafetyMessage } from '../safety/exchange';
import { cleanText } from './chat-text';
import { MAX_CHAT_LENGTH, REACTIONS, type Reaction } from '../../types';

/** A message that is not kept: a peer that is not connected misses it. */
export interface EphemeralMessage {
  type: 'reaction';
  emoji: Reaction;
}

/** A message that arrives once and in order, also when the link is down while it is sent. */
export interface ReliableMessage {
  type: 'chat';
  /** The same for every peer that it is sent to. */
  id: string;
  text: string;
}

/** A message from a person to other people. */
export type UserMessage = EphemeralMessage | ReliableMessage;

/** The state that a peer shows of itself. */
export interface PeerState {
  mic: boolean;
  camera: boolean;
  /** A screen or window is shared. */
  screen: boolean;
  /** The hand is raised. */
  hand: boolean;
}

/** Microphone and camera as others see them. */
export type MediaState = Pick<PeerState, 'mic' | 'camera'>;

/** A signal sealed as it would be for the server. `n` identifies it in the acknowledgement; its true number is sealed. */
export type SignalMessage =
  { type: 'signal'; n: number; envelope: string } | { type: 'signal_got'; n: number };

/** Every message on a data channel. The tags and fields are fixed by the wire. */
export type PeerMessage =
  | ({ type: 'state' } & PeerState)
  /** The sizes at which the receiver shows our pictures. */
  | ({ type: 'video_wish' } & VideoWish)
  | { type: 'note'; note: EphemeralMessage }
  /** `null` stands for a message that cannot be read. It is acknowledged all the same, or it would come for ever. */
  | { type: 'post'; n: number; post: ReliableMessage | null }
  /** Acknowledges all reliable messages up to `n`. */
  | { type: 'got'; n: number }
  | SignalMessage
  | SafetyMessage;

/** Why a message cannot be read. `safety_invalid` ends the link: the safety check forgives nothing. */
export type MessageProblem = 'message_invalid' | 'safety_invalid';

export const MAX_MESSAGE_LENGTH = 32_768;
const BYTES_32 = /^[\da-f]{64}$/;
const CHAT_ID = /^[\w-]{8,40}$/;

export function newChatMessage(text: string): ReliableMessage | null {
  return readReliableMessage({ type: 'chat', id: crypto.randomUUID(), text });
}

/** Reads a message of a peer; null if only a newer version knows its type. */
export function readMessage(data: unknown): PeerMessage | MessageProblem | null {
  if (typeof data !== 'string' || data.length > MAX_MESSAGE_LENGTH) return 'message_invalid';
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return 'message_invalid';
  }
  if (!isRecord(raw) || typeof raw.type !== 'string') return 'message_invalid';
  return readTagged(raw.type, raw);
}

function readTagged(type: string, raw: Record<string, unknown>): PeerMessage | MessageProblem | null {
  const { mic, camera, screen, hand, n, envelope, hash, nonce } = raw;
  switch (type) {
    case 'state':
      return isFlag(mic) && isFlag(camera) && isFlag(screen) && isFlag(hand)
        ? { type, mic, camera, screen, hand }
        : 'message_invalid';
    case 'video_wish': {
      const wish = { camera: readPictureWish(raw.camera), screen: readPictureWish(raw.screen) };
      return wish.camera === undefined || wish.screen === undefined
        ? 'message_invalid'
        : { type, camera: wish.camera, screen: wish.screen };
    }
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

/** Undefined if it cannot be read. */
function readPictureWish(raw: unknown): PictureWish | undefined {
  if (raw === null) return null;
  if (!isRecord(raw)) return undefined;
  const { width, height } = raw;
  const isSide = (side: unknown): side is number => isNumber(side) && side <= MAX_PICTURE_SIDE;
  return isSide(width) && isSide(height) ? { width, height } : undefined;
}

/** Null if only a newer version knows it. */
export function readEphemeralMessage(raw: unknown): EphemeralMessage | null {
  if (!isRecord(raw)) return null;
  const emoji = REACTIONS.find((name) => name === raw.emoji);
  return raw.type === 'reaction' && emoji ? { type: 'reaction', emoji } : null;
}

/** Cleans the text; null if the message cannot be read. */
export function readReliableMessage(raw: unknown): ReliableMessage | null {
  if (!isRecord(raw)) return null;
  const { type, id, text } = raw;
  if (type !== 'chat' || typeof id !== 'string' || !CHAT_ID.test(id) || typeof text !== 'string') return null;
  const cleaned = text.length <= MAX_CHAT_LENGTH ? cleanText(text) : '';
  return cleaned === '' ? null : { type, id, text: cleaned };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const isBytes = (value: unknown): value is string => typeof value === 'string' && BYTES_32.test(value);
