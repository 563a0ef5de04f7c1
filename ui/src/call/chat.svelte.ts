import { newChatMessage, type ReliableMessage, type UserMessage } from '../rtc/data-channel/messages';
import type { Participant } from './participant.svelte';
import type { CallFeature } from './feature';

/** What becomes of a post: whom it goes to, now or later, and for whom it could not be taken. */
export interface ChatDelivery {
  pending: readonly Participant[];
  failed: readonly Participant[];
}

/** Something that was said. */
export class ChatMessage {
  readonly id: string;
  /** The peer; null for oneself. */
  readonly from: string | null;
  /** As it was when this was said: who leaves keeps it. */
  readonly name: string;
  readonly text: string;
  /** When it was said here, or came. */
  readonly at = Date.now();
  /** Who has not got it yet. */
  pendingFor = $state.raw<readonly Participant[]>([]);
  /** Who will not get it. */
  failedFor = $state.raw<readonly Participant[]>([]);

  constructor({ id, text }: ReliableMessage, from: string | null, name: string) {
    this.id = id;
    this.text = text;
    this.from = from;
    this.name = name;
  }
}

/** Older ones are forgotten. */
const MAX_MESSAGES = 1_000;

/** What is said in writing, as long as the call lasts. It is kept nowhere. */
export class Chat implements CallFeature {
  messages = $state.raw<readonly ChatMessage[]>([]);
  /** Messages of others that came while nobody looked. */
  unread = $state(0);
  /** The last that somebody else said. */
  latest = $state.raw<ChatMessage | null>(null);
  /** What is being written, also while the panel is closed. */
  draft = $state('');
  #open = $state(false);
  #send: (post: ReliableMessage) => ChatDelivery;

  constructor(post: (post: ReliableMessage) => ChatDelivery) {
    this.#send = post;
  }

  /** Whether the panel is open: what is in it counts as read. */
  get open(): boolean {
    return this.#open;
  }

  set open(open: boolean) {
    this.#open = open;
    if (open) this.unread = 0;
  }

  /** Answers whether there was something to say. */
  send(text: string): boolean {
    const post = newChatMessage(text);
    if (!post) return false;
    const message = new ChatMessage(post, null, '');
    const { pending, failed } = this.#send(post);
    message.pendingFor = pending;
    message.failedFor = failed;
    this.#add(message);
    return true;
  }

  onMessage({ id, name }: Participant, message: UserMessage): void {
    if (message.type !== 'chat') return;
    if (this.messages.some((known) => known.from === id && known.id === message.id)) return;
    const received = new ChatMessage(message, id, name);
    this.#add(received);
    this.latest = received;
    if (!this.#open) this.unread += 1;
  }

  onDelivered(person: Participant, { id }: ReliableMessage): void {
    for (const message of this.messages) {
      if (message.from !== null || message.id !== id) continue;
      message.pendingFor = without(message.pendingFor, person);
      message.failedFor = without(message.failedFor, person);
    }
  }

  onLeave(person: Participant): void {
    for (const message of this.messages) {
      if (!message.pendingFor.includes(person)) continue;
      message.pendingFor = without(message.pendingFor, person);
      message.failedFor = [...message.failedFor, person];
    }
  }

  #add(message: ChatMessage): void {
    this.messages = [...this.messages.slice(1 - MAX_MESSAGES), message];
  }
}

/** Who comes back is the same by its id. */
const without = (people: readonly Participant[], { id }: Participant): readonly Participant[] =>
  people.filter((one) => one.id !== id);
