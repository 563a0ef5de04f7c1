import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignalMessage } from './messages';
import { SignalRouter } from './signal-router';
import type { Signal } from '../signal';
import { candidate, description, settle } from '../testing';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0);
  vi.useRealTimers();
});

const signal = (link: number): Signal => ({ link, ask: 'offer' });

/** Two routers, joined by a channel and a server that lose signals when a test says so. Numbers travel sealed. */
class Ends {
  channel: 'carries' | 'loses' | 'is closed' = 'carries';
  server: 'carries' | 'loses' = 'carries';
  readonly arrived: number[] = [];
  readonly problems: string[] = [];
  readonly relayed: number[] = [];
  #numbers = 0;
  #seen = new Set<number>();
  readonly here: SignalRouter = new SignalRouter({
    sealing: {
      seal: async (signal) => {
        const number = (this.#numbers += 1);
        return { number, envelope: JSON.stringify({ number, signal }) };
      },
      open: () => Promise.reject(new Error('nothing comes back')),
    },
    sendToServer: (signal, number = (this.#numbers += 1)) => {
      this.relayed.push(signal.link);
      if (this.server === 'carries') this.#arrive(number, signal);
    },
    hasOpenChannel: () => this.channel !== 'is closed',
    sendToPeer: (message) => this.#transmit(message, this.there),
    onSignal: () => undefined,
    onProblem: (code) => this.problems.push(code),
  });
  readonly there: SignalRouter = new SignalRouter({
    sealing: {
      seal: () => Promise.reject(new Error('nothing goes back')),
      open: async (envelope) => {
        if (envelope === 'garbage') throw new Error('does not open');
        const { number, signal } = JSON.parse(envelope) as { number: number; signal: Signal };
        const isNew = !this.#seen.has(number);
        this.#seen.add(number);
        return { signal: isNew ? signal : null };
      },
    },
    sendToServer: () => undefined,
    hasOpenChannel: () => this.channel !== 'is closed',
    sendToPeer: (message) => this.#transmit(message, this.here),
    onSignal: (signal) => this.arrived.push((signal as Signal).link),
    onProblem: (code) => this.problems.push(code),
  });

  #arrive(number: number, signal: Signal): void {
    if (!this.#seen.has(number)) this.arrived.push(signal.link);
    this.#seen.add(number);
  }

  #transmit(message: SignalMessage, to: SignalRouter): boolean {
    if (this.channel === 'is closed') return false;
    if (this.channel === 'carries') void to.receive(message);
    return true;
  }

  stop(): void {
    this.here.close();
    this.there.close();
  }
}

describe('signals', () => {
  it('go over the channel alone while the peer acknowledges them', async () => {
    const ends = new Ends();
    ends.here.send(signal(1), false);
    await settle();
    expect(ends.arrived).toEqual([1]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ends.relayed).toEqual([]);
    ends.stop();
  });

  it('take both routes in doubt, and arrive once', async () => {
    const ends = new Ends();
    ends.here.send(signal(1), true);
    await settle();
    expect({ arrived: ends.arrived, relayed: ends.relayed }).toEqual({ arrived: [1], relayed: [1] });
    ends.stop();
  });

  it('go over the server when the peer does not acknowledge them within a second', async () => {
    const ends = new Ends();
    ends.channel = 'loses';
    ends.here.send(signal(1), false);
    await vi.advanceTimersByTimeAsync(999);
    expect(ends.relayed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect({ arrived: ends.arrived, relayed: ends.relayed }).toEqual({ arrived: [1], relayed: [1] });
    ends.stop();
  });

  it('wait while the server cannot reach the peer, also in doubt', async () => {
    const ends = new Ends();
    ends.channel = 'loses';
    ends.here.setReachable(false);
    ends.here.send(signal(1), true);
    ends.here.send(signal(2), false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends.relayed).toEqual([]);
    ends.here.setReachable(true);
    expect(ends.arrived).toEqual([1, 2]);
    ends.stop();
  });

  it('that cannot be sealed, or are too long for the channel, go over the server', async () => {
    const ends = new Ends();
    ends.there.send(signal(1), false);
    const many = Array.from({ length: 500 }, () => candidate('many'));
    const long: Signal = {
      ...{ link: 2, round: 1 },
      description: { ...description('offer', 'long'), candidates: many },
    };
    ends.here.send(long, false);
    await settle();
    expect(ends.arrived).toEqual([2]);
    expect(ends.relayed).toEqual([2]);
    ends.stop();
  });

  it('that do not open are reported and not acknowledged', async () => {
    const ends = new Ends();
    await ends.there.receive({ type: 'signal', n: 1, envelope: 'garbage' });
    expect(ends.problems).toEqual(['message_invalid']);
    ends.stop();
  });

  it('are bounded in number while nothing acknowledges them', async () => {
    const ends = new Ends();
    ends.channel = 'loses';
    ends.here.setReachable(false);
    for (let n = 1; n <= 100; n += 1) ends.here.send(signal(n), false);
    await vi.advanceTimersByTimeAsync(2_000);
    ends.here.setReachable(true);
    expect(ends.relayed).toHaveLength(64);
    ends.stop();
  });

  it('arrive exactly once as long as the server carries, whatever the channel does', async () => {
    const step = fc.record({
      channel: fc.constantFrom('carries' as const, 'loses' as const, 'is closed' as const),
      doubtful: fc.boolean(),
      reachable: fc.boolean(),
      pause: fc.constantFrom(0, 500, 1_500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const ends = new Ends();
        for (const [index, { channel, doubtful, reachable, pause }] of steps.entries()) {
          ends.channel = channel;
          ends.here.setReachable(reachable);
          ends.here.send(signal(index + 1), doubtful);
          await vi.advanceTimersByTimeAsync(pause);
        }
        await vi.advanceTimersByTimeAsync(1_000);
        ends.here.setReachable(true);
        expect([...ends.arrived].sort((a, b) => a - b)).toEqual(steps.map((_, index) => index + 1));
        ends.stop();
      }),
    );
  });
});
