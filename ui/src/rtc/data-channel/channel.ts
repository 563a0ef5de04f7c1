import { readMessage, type PeerMessage, type MessageProblem, type PeerState } from './messages';

export type { MediaState, PeerState } from './messages';

/** What a channel tells its owner. */
export interface ChannelEvents {
  opened(): void;
  heard(message: PeerMessage): void;
  problem(code: MessageProblem): void;
  /** Whether the peer may have one more message read. */
  allows(): boolean;
}

/** The link's data channel: each side tells what it sends, when the channel opens and when it changes. */
export class PeerChannel {
  #channel: RTCDataChannel;
  #state: PeerState;

  constructor(pc: RTCPeerConnection, state: PeerState, events: ChannelEvents) {
    this.#state = state;
    this.#channel = pc.createDataChannel('parlour', { negotiated: true, id: 0, ordered: true });
    this.#channel.onopen = () => {
      this.tell(this.#state);
      events.opened();
    };
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!events.allows()) return;
      const message = readMessage(data);
      if (typeof message === 'string') events.problem(message);
      else if (message) events.heard(message);
    };
  }

  get isOpen(): boolean {
    return this.#channel.readyState === 'open';
  }

  tell(state: PeerState): void {
    this.#state = state;
    const { mic, camera, screen, hand } = state;
    this.say({ type: 'state', mic, camera, screen, hand });
  }

  /** Says something, if there is a way. */
  say(message: PeerMessage): boolean {
    if (!this.isOpen) return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#channel.onopen = this.#channel.onmessage = null;
    this.#channel.close();
  }
}
