/** What a person sends, for the others' screens. */
export interface MediaState {
  mic: boolean;
  camera: boolean;
}

const MAX_MESSAGE = 1_024;

/** The link's data channel: each side tells what it sends, when the channel opens and when it changes. */
export class StateChannel {
  #channel: RTCDataChannel;
  #state: MediaState;

  constructor(
    pc: RTCPeerConnection,
    state: MediaState,
    heard: (state: MediaState) => void,
    problem: (code: 'message_invalid') => void,
  ) {
    this.#state = state;
    this.#channel = pc.createDataChannel('parlour', { negotiated: true, id: 0, ordered: true });
    this.#channel.onopen = () => this.#send();
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = readMessage(data);
      if (message === 'message_invalid') problem(message);
      else if (message) heard(message);
    };
  }

  tell(state: MediaState): void {
    this.#state = state;
    if (this.#channel.readyState === 'open') this.#send();
  }

  close(): void {
    this.#channel.onopen = this.#channel.onmessage = null;
    this.#channel.close();
  }

  #send(): void {
    const { mic, camera } = this.#state;
    this.#channel.send(JSON.stringify({ type: 'media', mic, camera }));
  }
}

/** A message of a peer; null if it is of a type that only a newer version knows. */
export function readMessage(data: unknown): MediaState | null | 'message_invalid' {
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
  if (raw.type !== 'media') return null;
  const { mic, camera } = raw as { mic?: unknown; camera?: unknown };
  return typeof mic === 'boolean' && typeof camera === 'boolean' ? { mic, camera } : 'message_invalid';
}
