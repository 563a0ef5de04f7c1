import type { LinkProblem } from '../../types';
import type { VideoWish } from '../quality/wish';
import type { SafetyCheck } from '../safety/check';
import { TokenBucket } from '../token-bucket';
import {
  readMessage,
  type PeerMessage,
  type PeerState,
  type ReliableMessage,
  type SignalMessage,
  type UserMessage,
} from './messages';
import { MAX_TEXT_BURST, TEXT_PER_SECOND, type QueuedMessage, type ReliableQueue } from './reliable-queue';

/** Bounds a peer's messages. A link that comes back brings both sides' candidates and the waiting messages. */
const MESSAGES_PER_SECOND = 30;
const MAX_MESSAGE_BURST = 240;

export interface DataChannelEvents {
  /** The peer shows something else of itself. */
  onState(state: PeerState): void;
  /** The peer shows our pictures at other sizes. */
  onVideoWish(wish: VideoWish): void;
  onMessage(message: UserMessage): void;
  /** The peer has received this message of ours. */
  onDelivered(message: ReliableMessage): void;
  onProblem(code: LinkProblem): void;
}

/** The messages between two peers. It outlives the links: each new link attaches its own RTCDataChannel. */
export class DataChannel {
  /** The sizes at which the peer shows our pictures, as it says. */
  #peerState: PeerState | null = null;
  /** The sizes at which we show the peer's pictures; null while nothing is known of them. */
  #videoWish: VideoWish | null = null;
  /** Our state as the peer sees it: sent when a channel opens, and when it changes. */
  #state: PeerState;
  #queue: ReliableQueue;
  #events: DataChannelEvents;
  #onSignal: (message: SignalMessage) => void;
  #channel: RTCDataChannel | null = null;
  #bucket = new TokenBucket(MESSAGES_PER_SECOND, MAX_MESSAGE_BURST);
  /** Twice what the peer's own app sends: a burst, and then all of it again over a new link. */
  #textBucket = new TokenBucket(2 * TEXT_PER_SECOND, 2 * MAX_TEXT_BURST);
  #isFlooded = false;
  #closed = false;

  constructor(
    state: PeerState,
    queue: ReliableQueue,
    events: DataChannelEvents,
    onSignal: (message: SignalMessage) => void,
  ) {
    this.#state = state;
    this.#queue = queue;
    this.#events = events;
    this.#onSignal = onSignal;
  }

  /** Whether something has to arrive: sound, or a picture that we have not asked the peer to leave out. */
  get expectsMedia(): boolean {
    const { mic, camera, screen } = this.#peerState ?? { mic: false, camera: false, screen: false };
    const wish = this.#videoWish;
    return mic || (camera && wish?.camera !== null) || (screen && wish?.screen !== null);
  }

  get isOpen(): boolean {
    return this.#channel?.readyState === 'open';
  }

  /** Creates the channel of a link. Messages of the link's safety check go to that check alone. */
  attach(pc: RTCPeerConnection, safetyCheck: SafetyCheck): void {
    const channel = pc.createDataChannel('parlour', { negotiated: true, id: 0, ordered: true });
    channel.onopen = () => {
      this.sendState(this.#state);
      if (this.#videoWish) this.sendVideoWish(this.#videoWish);
      safetyCheck.start();
      for (const queued of this.#queue.pending) this.#sendQueued(queued);
    };
    channel.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data, safetyCheck);
    this.#channel = channel;
  }

  /** Closes the channel of the link that ends. */
  detach(): void {
    if (!this.#channel) return;
    this.#channel.onopen = this.#channel.onmessage = null;
    this.#channel.close();
    this.#channel = null;
  }

  sendState(state: PeerState): void {
    this.#state = state;
    const { mic, camera, screen, hand } = state;
    this.transmit({ type: 'state', mic, camera, screen, hand });
  }

  /** Kept for later links, as the state is. */
  sendVideoWish(wish: VideoWish): void {
    this.#videoWish = wish;
    const { camera, screen } = wish;
    this.transmit({ type: 'video_wish', camera, screen });
  }

  /** Returns false if the message was not taken: no channel is open, or too many reliable messages wait. */
  send(message: UserMessage): boolean {
    if (message.type === 'reaction') return this.transmit({ type: 'note', note: message });
    const queued = this.#closed ? null : this.#queue.push(message);
    if (queued) this.#sendQueued(queued);
    return queued !== null;
  }

  /** Returns false while no channel is open. */
  transmit(message: PeerMessage): boolean {
    if (!this.#channel || !this.isOpen) return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#closed = true;
    this.detach();
  }

  #receive(data: unknown, safetyCheck: SafetyCheck): void {
    if (!this.#takes(this.#bucket)) return;
    const message = readMessage(data);
    if (message === 'safety_invalid') return safetyCheck.fail('commitment_broken');
    if (message === 'message_invalid') return this.#events.onProblem(message);
    switch (message?.type) {
      case 'state': {
        const { mic, camera, screen, hand } = message;
        this.#peerState = { mic, camera, screen, hand };
        return this.#events.onState({ mic, camera, screen, hand });
      }
      case 'video_wish':
        return this.#events.onVideoWish({ camera: message.camera, screen: message.screen });
      case 'note':
        return this.#events.onMessage(message.note);
      case 'post':
        return this.#receiveReliable(message);
      case 'got':
        return this.#queue.acknowledge(message.n).forEach((sent) => this.#events.onDelivered(sent));
      case 'signal':
      case 'signal_got':
        return this.#onSignal(message);
      case 'commit':
      case 'reveal':
        return safetyCheck.receive(message);
    }
  }

  /** Drops the messages of a peer that floods, and reports that once. */
  #takes(bucket: TokenBucket, tokens = 1): boolean {
    const isTaken = bucket.take(tokens);
    if (!isTaken && !this.#isFlooded) {
      this.#isFlooded = true;
      this.#events.onProblem('message_flood');
    }
    return isTaken;
  }

  #receiveReliable({ n, post }: { n: number; post: ReliableMessage | null }): void {
    // A text is dear to show, so its length counts too.
    if (post && !this.#takes(this.#textBucket, post.text.length)) return;
    const isNew = this.#queue.receive(n);
    this.transmit({ type: 'got', n: this.#queue.lastReceived });
    if (!isNew) return;
    if (post) this.#events.onMessage(post);
    else this.#events.onProblem('message_invalid');
  }

  #sendQueued({ n, message }: QueuedMessage): void {
    this.transmit({ type: 'post', n, post: message });
  }
}
