import { Bucket } from '../token-bucket';
import { Courier, type Sealing } from './signal-router';
import type { Told } from '../peer-link/peer-link';
import { Mail, type Letter } from './reliable-queue';
import type { PersonState } from './messages';
import type { Note, Post } from './notes';
import type { LinkProblem } from '../problem';
import type { Signal } from '../signal';

/** What a peer may say: a link that comes back brings the candidates of both, and the posts that waited. */
const MESSAGES_PER_SECOND = 30;
const MOST_MESSAGES = 240;

/** The data channel of whichever link there is. */
export interface Line {
  isOpen(): boolean;
  /** False when it is not open. */
  say(message: Told): boolean;
}

/** What is heard. */
export interface TalkEvents {
  told(state: PersonState): void;
  said(note: Note): void;
  posted(post: Post): void;
  arrived(post: Post): void;
  /** A signal that came over the channel. */
  signaled(signal: unknown): void;
  /** A signal has to go by way of the server. */
  send(signal: Signal, number?: number): void;
  problem(code: LinkProblem): void;
}

/** What two pages say to each other, over the links of a pair, one after the other. */
export class Talk {
  /** The other sends something, as far as it says. */
  sends = false;
  #line: Line;
  #events: TalkEvents;
  #mail: Mail;
  #courier: Courier;
  #messages = new Bucket(MESSAGES_PER_SECOND, MOST_MESSAGES);
  #flooded = false;
  #closed = false;

  constructor(line: Line, events: TalkEvents, mail: Mail, sealing: Sealing | null) {
    this.#line = line;
    this.#events = events;
    this.#mail = mail;
    this.#courier = new Courier({
      ...line,
      sealing,
      server: (signal, number) => events.send(signal, number),
      receive: (signal) => events.signaled(signal),
      problem: (code) => events.problem(code),
    });
  }

  /** A channel is open: what the other may not have goes over it. */
  opened(): void {
    for (const letter of this.#mail.waiting) this.#deliver(letter);
  }

  /** Said in passing. */
  say(note: Note): void {
    this.#line.say({ type: 'note', note });
  }

  /** Said to last: sent now or over a later link. False when too much waits already. */
  post(post: Post): boolean {
    const letter = this.#closed ? null : this.#mail.write(post);
    if (letter) this.#deliver(letter);
    return letter !== null;
  }

  /** A signal goes its way; in doubt, both ways. */
  send(signal: Signal, doubtful: boolean): void {
    this.#courier.send(signal, doubtful);
  }

  /** Whether the server could carry a signal to the peer now. */
  reach(reachable: boolean): void {
    this.#courier.reach(reachable);
  }

  /** Whether the peer may have one more message read. One that floods is not heard, and that is told once. */
  allows(): boolean {
    const allowed = this.#messages.take();
    if (!allowed && !this.#flooded) {
      this.#flooded = true;
      this.#events.problem('talk_flood');
    }
    return allowed;
  }

  hear(message: Told): void {
    switch (message.type) {
      case 'state': {
        const { mic, camera, screen, hand } = message;
        this.sends = mic || camera || screen;
        return this.#events.told({ mic, camera, screen, hand });
      }
      case 'note':
        return this.#events.said(message.note);
      case 'post':
        return this.#take(message);
      case 'got':
        return this.#mail.got(message.n).forEach((post) => this.#events.arrived(post));
      case 'signal':
        return void this.#courier.hear(message.n, message.envelope);
      case 'signal_got':
        return this.#courier.got(message.n);
    }
  }

  close(): void {
    this.#closed = true;
    this.#courier.stop();
  }

  #take({ n, post }: { n: number; post: Post | null }): void {
    const isNew = this.#mail.take(n);
    this.#line.say({ type: 'got', n: this.#mail.received });
    if (!isNew) return;
    if (post) this.#events.posted(post);
    else this.#events.problem('message_invalid');
  }

  #deliver({ n, post }: Letter): void {
    this.#line.say({ type: 'post', n, post });
  }
}
