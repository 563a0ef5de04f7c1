import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReliableQueue, type QueuedMessage } from './reliable-queue';
import type { ReliableMessage } from './notes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const chat = (text: string): ReliableMessage => ({ type: 'chat', id: text, text });

/** Two ends, and between them one link after the other: ordered, and what is on its way when it ends is lost. */
class Ends {
  readonly mails = [new ReliableQueue(), new ReliableQueue()] as const;
  readonly arrived: string[][] = [[], []];
  /** On its way to each end; null while there is no link. */
  #way: [(QueuedMessage | number)[], (QueuedMessage | number)[]] | null = null;

  write(from: 0 | 1, text: string): boolean {
    const letter = this.mails[from].push(chat(text));
    if (letter) this.#way?.[other(from)].push(letter);
    return letter !== null;
  }

  /** One thing arrives. */
  carry(to: 0 | 1): boolean {
    const what = this.#way?.[to].shift();
    if (what === undefined) return false;
    const mail = this.mails[to];
    if (typeof what === 'number') mail.acknowledge(what);
    else {
      if (mail.receive(what.n)) this.arrived[to]?.push(what.post.text);
      this.#way?.[other(to)].push(mail.lastReceived);
    }
    return true;
  }

  /** A link is made, in place of the last one. */
  link(): void {
    this.#way = [[...this.mails[1].pending], [...this.mails[0].pending]];
  }

  cut(): void {
    this.#way = null;
  }
}

const other = (end: 0 | 1) => (end === 0 ? 1 : 0);
const end = fc.constantFrom(0 as const, 1 as const);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ write: end }) },
  { weight: 6, arbitrary: fc.record({ carry: end }) },
  { weight: 2, arbitrary: fc.constant('link' as const) },
  fc.constant('cut' as const),
);

describe('posts', () => {
  it('arrive once, in order and all of them, whatever becomes of the links', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ends = new Ends();
        const written: string[][] = [[], []];
        steps.forEach((what, index) => {
          if (what === 'link') ends.link();
          else if (what === 'cut') ends.cut();
          else if ('carry' in what) ends.carry(what.carry);
          else if (ends.write(what.write, `${index}`)) written[other(what.write)]?.push(`${index}`);
          for (const to of [0, 1] as const) {
            const arrived = ends.arrived[to] ?? [];
            expect(arrived).toEqual(written[to]?.slice(0, arrived.length));
          }
        });
        ends.link();
        while (ends.carry(0) || ends.carry(1));
        expect(ends.arrived).toEqual(written);
        expect(ends.mails.map(({ pending }) => pending)).toEqual([[], []]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are not taken without end while nobody reads them, nor faster than a person writes', () => {
    const mail = new ReliableQueue();
    for (let n = 0; n < 64; n += 1) expect(mail.push(chat('x'))).not.toBeNull();
    expect(mail.push(chat('x'))).toBeNull();
    mail.acknowledge(64);
    expect(mail.push(chat('x'))).toBeNull();
    vi.advanceTimersByTime(1_000);
    for (let n = 0; n < 10; n += 1) expect(mail.push(chat('x'))?.n).toBe(65 + n);
    expect(mail.push(chat('x'))).toBeNull();
  });

  it('are acknowledged by no number that was never sent', () => {
    const mail = new ReliableQueue();
    mail.acknowledge(Number.MAX_SAFE_INTEGER);
    expect(mail.push(chat('x'))).not.toBeNull();
    expect(mail.pending).toHaveLength(1);
  });
});
