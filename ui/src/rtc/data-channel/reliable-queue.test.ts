import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReliableQueue, type QueuedMessage } from './reliable-queue';
import type { ReliableMessage } from './messages';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const chat = (text: string): ReliableMessage => ({ type: 'chat', id: text, text });

/** Two queues, joined by one link after the other. A link is ordered; what is on its way when it ends is lost. */
class Ends {
  readonly queues = [new ReliableQueue(), new ReliableQueue()] as const;
  readonly received: string[][] = [[], []];
  /** The messages on their way to each end; null while there is no link. */
  #link: [(QueuedMessage | number)[], (QueuedMessage | number)[]] | null = null;

  send(from: 0 | 1, text: string): boolean {
    const queued = this.queues[from].push(chat(text));
    if (queued) this.#link?.[other(from)].push(queued);
    return queued !== null;
  }

  /** Delivers the next message or acknowledgement; false if there is none. */
  deliver(to: 0 | 1): boolean {
    const next = this.#link?.[to].shift();
    if (next === undefined) return false;
    const queue = this.queues[to];
    if (typeof next === 'number') queue.acknowledge(next);
    else {
      if (queue.receive(next.n)) this.received[to]?.push(next.message.text);
      this.#link?.[other(to)].push(queue.lastReceived);
    }
    return true;
  }

  connect(): void {
    this.#link = [[...this.queues[1].pending], [...this.queues[0].pending]];
  }

  cut(): void {
    this.#link = null;
  }
}

const other = (end: 0 | 1) => (end === 0 ? 1 : 0);
const end = fc.constantFrom(0 as const, 1 as const);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ send: end }) },
  { weight: 6, arbitrary: fc.record({ deliver: end }) },
  { weight: 2, arbitrary: fc.constant('connect' as const) },
  fc.constant('cut' as const),
);

describe('reliable messages', () => {
  it('all arrive, once and in order, whatever happens to the links', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ends = new Ends();
        const sent: string[][] = [[], []];
        steps.forEach((step, index) => {
          if (step === 'connect') ends.connect();
          else if (step === 'cut') ends.cut();
          else if ('deliver' in step) ends.deliver(step.deliver);
          else if (ends.send(step.send, `${index}`)) sent[other(step.send)]?.push(`${index}`);
          for (const to of [0, 1] as const) {
            const received = ends.received[to] ?? [];
            expect(received).toEqual(sent[to]?.slice(0, received.length));
          }
        });
        ends.connect();
        while (ends.deliver(0) || ends.deliver(1));
        expect(ends.received).toEqual(sent);
        expect(ends.queues.map(({ pending }) => pending)).toEqual([[], []]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are bounded in number while nothing acknowledges them, and in rate', () => {
    const queue = new ReliableQueue();
    for (let n = 0; n < 64; n += 1) expect(queue.push(chat('x'))).not.toBeNull();
    expect(queue.push(chat('x'))).toBeNull();
    queue.acknowledge(64);
    expect(queue.push(chat('x'))).toBeNull();
    vi.advanceTimersByTime(1_000);
    for (let n = 0; n < 10; n += 1) expect(queue.push(chat('x'))?.n).toBe(65 + n);
    expect(queue.push(chat('x'))).toBeNull();
  });

  it('are bounded by the length of their texts, both at once and in all that waits', () => {
    const queue = new ReliableQueue();
    const long = 'x'.repeat(4_000);
    for (let n = 1; n <= 16; n += 1) expect(queue.push(chat(long))?.n).toBe(n);
    expect(queue.push(chat('x'))).toBeNull();
    vi.advanceTimersByTime(60_000);
    expect(queue.push(chat('x')), 'it would not fit into a resend').toBeNull();
    queue.acknowledge(16);
    expect(queue.push(chat(long))).not.toBeNull();
  });

  it('survive an acknowledgement of a number that was never sent', () => {
    const queue = new ReliableQueue();
    queue.acknowledge(Number.MAX_SAFE_INTEGER);
    expect(queue.push(chat('x'))).not.toBeNull();
    expect(queue.pending).toHaveLength(1);
  });
});
