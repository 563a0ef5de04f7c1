import { newPost, type Post } from '../rtc/data-channel/notes';
import type { Participant } from './participant.svelte';
import type { Part } from './feature';

export { MAX_TEXT } from '../rtc/data-channel/notes';

/** What becomes of a post: whom it goes to, now or later, and for whom it could not be taken. */
export interface Posted {
  waits: readonly Participant[];
  missed: readonly Participant[];
}

/** Something that was said. */
export class Message {
  readonly id: string;
  /** The peer; null for oneself. */
  readonly from: string | null;
  /** As it was when this was said: who leaves keeps it. */
  readonly name: string;
  readonly text: string;
  /** When it was said here, or came. */
  readonly at = Date.now();
  /** Who has not got it yet. */
  waitsFor = $state.raw<readonly Participant[]>([]);
  /** Who will not get it. */
  missedBy = $state.raw<readonly Participant[]>([]);

  constructor({ id, text }: Post, from: string | null, name: string) {
    this.id = id;
    this.text = text;
    this.from = from;
    this.name = name;
  }
}

/** Older ones are forgotten. */
const MOST_MESSAGES = 1_000;

/** What is said in writing, as long as the call lasts. It is kept nowhere. */
export class Chat implements Part {
  messages = $state.raw<readonly Message[]>([]);
  /** Messages of others that came while nobody looked. */
  unread = $state(0);
  /** The last that somebody else said. */
  latest = $state.raw<Message | null>(null);
  /** What is being written, also while the panel is closed. */
  draft = $state('');
  #open = $state(false);
  #post: (post: Post) => Posted;

  constructor(post: (post: Post) => Posted) {
    this.#post = post;
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
  say(text: string): boolean {
    const post = newPost(text);
    if (!post) return false;
    const message = new Message(post, null, '');
    const { waits, missed } = this.#post(post);
    message.waitsFor = waits;
    message.missedBy = missed;
    this.#add(message);
    return true;
  }

  posted({ id, name }: Participant, post: Post): void {
    if (this.messages.some((said) => said.from === id && said.id === post.id)) return;
    const message = new Message(post, id, name);
    this.#add(message);
    this.latest = message;
    if (!this.#open) this.unread += 1;
  }

  arrived(person: Participant, { id }: Post): void {
    for (const message of this.messages) {
      if (message.from !== null || message.id !== id) continue;
      message.waitsFor = without(message.waitsFor, person);
      message.missedBy = without(message.missedBy, person);
    }
  }

  left(person: Participant): void {
    for (const message of this.messages) {
      if (!message.waitsFor.includes(person)) continue;
      message.waitsFor = without(message.waitsFor, person);
      message.missedBy = [...message.missedBy, person];
    }
  }

  #add(message: Message): void {
    this.messages = [...this.messages.slice(1 - MOST_MESSAGES), message];
  }
}

/** Who comes back is the same by its id. */
const without = (people: readonly Participant[], { id }: Participant): readonly Participant[] =>
  people.filter((one) => one.id !== id);
