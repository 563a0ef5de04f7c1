import { newPost, type Post } from '../rtc/notes';

/** What the chat needs of the call. */
export interface ChatEvents {
  /** Sends it to everyone who is in the room. Answers to whom: it may arrive later. */
  post(post: Post): readonly string[];
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
  /** The peers whom it has not reached yet. */
  waitsFor = $state.raw<readonly string[]>([]);

  constructor(post: Post, from: string | null, name: string) {
    this.id = post.id;
    this.text = post.text;
    this.from = from;
    this.name = name;
  }
}

/** Older ones are forgotten. */
const MOST_MESSAGES = 1_000;

/** What is said in writing, as long as the call lasts. It is kept nowhere. */
export class Chat {
  messages = $state.raw<readonly Message[]>([]);
  /** Messages of others that came while nobody looked. */
  unread = $state(0);
  /** The last of them. */
  latest = $state.raw<Message | null>(null);
  #open = $state(false);
  #events: ChatEvents;

  constructor(events: ChatEvents) {
    this.#events = events;
  }

  /** Whether the panel is open: what is in it counts as read. */
  get open(): boolean {
    return this.#open;
  }

  set open(open: boolean) {
    this.#open = open;
    if (!open) return;
    this.unread = 0;
    this.latest = null;
  }

  /** Answers whether there was something to say. */
  say(text: string): boolean {
    const post = newPost(text);
    if (!post) return false;
    const message = new Message(post, null, '');
    this.#add(message);
    message.waitsFor = this.#events.post(post);
    return true;
  }

  /** A peer has said something. */
  hear(from: string, name: string, post: Post): void {
    if (this.messages.some((said) => said.from === from && said.id === post.id)) return;
    const message = new Message(post, from, name);
    this.#add(message);
    if (this.#open) return;
    this.unread += 1;
    this.latest = message;
  }

  /** A peer has got a message of ours. */
  arrived(peer: string, id: string): void {
    this.#settle(peer, (message) => message.id === id);
  }

  /** Nothing reaches this peer any more. */
  left(peer: string): void {
    this.#settle(peer, () => true);
  }

  /** Another session: who is met now are other people. */
  clear(): void {
    this.messages = [];
    this.unread = 0;
    this.latest = null;
  }

  #add(message: Message): void {
    this.messages = [...this.messages.slice(1 - MOST_MESSAGES), message];
  }

  #settle(peer: string, which: (message: Message) => boolean): void {
    for (const message of this.messages) {
      if (!message.waitsFor.includes(peer) || !which(message)) continue;
      message.waitsFor = message.waitsFor.filter((waiting) => waiting !== peer);
    }
  }
}
