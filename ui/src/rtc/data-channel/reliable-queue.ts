import { Bucket } from '../token-bucket';
import type { Post } from './notes';

/** A post on its way. Posts are numbered 1, 2, 3… for each pair and direction. */
export interface Letter {
  n: number;
  post: Post;
}

/** Posts that may wait for the other. People write no more while somebody is away. */
const MOST_WAITING = 64;
/** What a person may post: far below what the other takes for a flood. */
const RATE = 10;

/**
 * The posts between oneself and one peer, over all the links there are in a call, one after the other. A channel is
 * ordered and loses nothing while it lives; what was not acknowledged when it ended is sent again over the next one.
 */
export class Mail {
  #waiting: Letter[] = [];
  #written = 0;
  #received = 0;
  #bucket = new Bucket(RATE, MOST_WAITING);

  /** Takes a post, to be sent now if there is a way. Null when too much waits already. */
  write(post: Post): Letter | null {
    if (this.#waiting.length >= MOST_WAITING || !this.#bucket.take()) return null;
    const letter = { n: (this.#written += 1), post };
    this.#waiting.push(letter);
    return letter;
  }

  /** What the other may not have: to be sent when a channel opens. */
  get waiting(): readonly Letter[] {
    return this.#waiting;
  }

  /** The other has all up to this one. Answers the posts of which that was not known. */
  got(n: number): Post[] {
    const arrived = this.#waiting.filter((letter) => letter.n <= n);
    this.#waiting = this.#waiting.slice(arrived.length);
    return arrived.map(({ post }) => post);
  }

  /** A post of the other came. Whether it is new. */
  take(n: number): boolean {
    const isNew = n > this.#received;
    if (isNew) this.#received = n;
    return isNew;
  }

  /** The number of the last one received: what is acknowledged. */
  get received(): number {
    return this.#received;
  }
}
