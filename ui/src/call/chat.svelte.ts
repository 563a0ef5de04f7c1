import { newChatMessage, type ReliableMessage, type UserMessage } from '../rtc/data-channel/messages';
import type { Participant } from './participant.svelte';
import type { CallFeature } from './feature';

/** The participants that get a message now or later, and those whose queue is full. */
export interface ChatDelivery {
  pending: readonly Participant[];
  failed: readonly Participant[];
}

export class ChatMessage {
  readonly id: string;
  /** The peer's id; null for our own messages. */
  readonly from: string | null;
  /** The sender's name at that time. It stays when the sender leaves. */
  readonly name: string;
  readonly text: string;
  /** When it was sent or received. */
  readonly at = Date.now();
  /** The participants who have not received it yet. */
  pendingFor = $state.raw<readonly Participant[]>([]);
  /** The participants who will not receive it. */
  failedFor = $state.raw<readonly Participant[]>([]);

  constructor({ id, text }: ReliableMessage, from: string | null, name: string) {
    this.id = id;
    this.text = text;
    this.from = from;
    this.name = name;
  }
}

/** Older messages are dropped. */
const MAX_MESSAGES = 1_000;

/** The messages of this call. They are stored nowhere. */
export class Chat implements CallFeature {
  messages = $state.raw<readonly ChatMessage[]>([]);
  /** Messages of others that came while the panel was closed. */
  unread = $state(0);
  /** The last message of somebody else. */
  latest = $state.raw<ChatMessage | null>(null);
  /** Stays while the panel is closed. */
  draft = $state('');
  #open = $state(false);
  #send: (message: ReliableMessage) => ChatDelivery;

  constructor(send: (message: ReliableMessage) => ChatDelivery) {
    this.#send = send;
  }

  /** Whether the panel is open. Messages in an open panel count as read. */
  get open(): boolean {
    return this.#open;
  }

  set open(open: boolean) {
    this.#open = open;
    if (open) this.unread = 0;
  }

  /** Returns false for an empty text. */
  send(text: string): boolean {
    const sent = newChatMessage(text);
    if (!sent) return false;
    const message = new ChatMessage(sent, null, '');
    const { pending, failed } = this.#send(sent);
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

/** A person who comes back is another object with the same id. */
const without = (people: readonly Participant[], { id }: Participant): readonly Participant[] =>
  people.filter((one) => one.id !== id);
