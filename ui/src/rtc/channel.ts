import type { SafetyMessage } from './safety/exchange';

/** What a person sends, for the others' screens. */
export interface MediaState {
  mic: boolean;
  camera: boolean;
}

/** What one page says to the other on a link, besides signals. */
export type Message = ({ type: 'media' } & MediaState) | SafetyMessage;

/** What can be wrong with it; the check for safety forgives nothing. */
export type MessageProblem = 'message_invalid' | 'safety_invalid';

const MAX_MESSAGE = 1_024;
const BYTES_32 = /^[\da-f]{64}$/;

/** The link's data channel: each side tells what it sends, when the channel opens and when it changes. */
export class StateChannel {
  #channel: RTCDataChannel;
  #state: MediaState;

  constructor(
    pc: RTCPeerConnection,
    state: MediaState,
    events: { opened(): void; heard(message: Message): void; problem(code: MessageProblem): void },
  ) {
    this.#state = state;
    this.#channel = pc.createDataChannel('parlour', { negotiated: true, id: 0, ordered: true });
    this.#channel.onopen = () => {
      this.tell(this.#state);
      events.opened();
    };
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = readMessage(data);
      if (typeof message === 'string') events.problem(message);
      else if (message) events.heard(message);
    };
  }

  tell(state: MediaState): void {
    this.#state = state;
    const { mic, camera } = state;
    this.say({ type: 'media', mic, camera });
  }

  /** Says something, if there is a way. */
  say(message: Message): void {
    if (this.#channel.readyState === 'open') this.#channel.send(JSON.stringify(message));
  }

  close(): void {
    this.#channel.onopen = this.#channel.onmessage = null;
    this.#channel.close();
  }
}

/** A message of a peer; null if it is of a type that only a newer version knows. */
export function readMessage(data: unknown): Message | MessageProblem | null {
  if (typeof data !== 'string' || data.length > MAX_MESSAGE) return 'message_invalid';
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return 'message_invalid';
  }
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || typeof raw.type !== 'string') {
    return 'message_invalid';
  }
  const { type, mic, camera, hash, nonce } = raw as Record<string, unknown>;
  switch (type) {
    case 'media':
      return typeof mic === 'boolean' && typeof camera === 'boolean'
        ? { type, mic, camera }
        : 'message_invalid';
    case 'commit':
      return isBytes(hash) ? { type, hash } : 'safety_invalid';
    case 'reveal':
      return isBytes(nonce) ? { type, nonce } : 'safety_invalid';
    default:
      return null;
  }
}

function isBytes(value: unknown): value is string {
  return typeof value === 'string' && BYTES_32.test(value);
}
