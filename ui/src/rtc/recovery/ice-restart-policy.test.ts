import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkHealth } from '../peer-link/peer-link';
import { IceRestartPolicy } from './ice-restart-policy';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0);
  vi.useRealTimers();
});

/** A watch that is on, and when it called for help. */
function aWatch(health: LinkHealth = 'connected') {
  const start = performance.now();
  const helped: number[] = [];
  const fresh: boolean[] = [];
  const link = { settled: true, tells: false };
  const watch = new IceRestartPolicy({
    attempt: (_, isFresh) => {
      helped.push(Math.round(performance.now() - start));
      fresh.push(isFresh);
      link.settled = false;
    },
    isAnswered: () => link.settled,
    canSignal: () => link.tells,
  });
  watch.setHealth(health);
  watch.start();
  return { watch, helped, fresh, link };
}

describe('a change of network', () => {
  it('is followed by an attempt at once, and one more for the last of several', async () => {
    const { watch, helped, fresh, link } = aWatch();
    watch.restartNow();
    for (let n = 0; n < 3; n += 1) {
      await vi.advanceTimersByTimeAsync(100);
      watch.restartNow();
    }
    link.settled = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(helped).toEqual([0, 500, 2_500, 6_500]);
    expect(fresh).toEqual([true, true, false, false]);
    watch.stop();
  });

  it('is followed by further attempts while nobody answers, though all seems well; by none after an answer', async () => {
    const { watch, helped, link } = aWatch();
    watch.restartNow();
    await vi.advanceTimersByTimeAsync(2_500);
    link.settled = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(helped).toEqual([0, 2_000]);
    watch.restartNow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(helped).toHaveLength(2 + 3);
    watch.stop();
  });

  it('waits for the server, or goes another way, and comes again with the server', () => {
    const { watch, helped, link } = aWatch();
    watch.setReachable(false);
    watch.restartNow();
    expect(helped).toHaveLength(0);
    link.tells = true;
    watch.restartNow();
    expect(helped).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    watch.setReachable(true);
    expect(helped).toEqual([0, 1_000]);
    watch.stop();
  });
});

type Step = { health: LinkHealth } | { reach: boolean } | 'hurry' | 'asked' | 'answer';
const step: fc.Arbitrary<{ step: Step; pause: number }> = fc.record({
  step: fc.oneof(
    fc.record({ health: fc.constantFrom<LinkHealth>('connecting', 'connected', 'disconnected', 'failed') }),
    fc.record({ reach: fc.boolean() }),
    fc.constantFrom('hurry' as const, 'asked' as const, 'answer' as const),
  ),
  pause: fc.constantFrom(0, 100, 700, 3_000, 20_000),
});

describe('whatever happens', () => {
  it('attempts keep apart, and a link that is down gets one within fifteen seconds of being reachable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { watch, helped, link } = aWatch('connecting');
        for (const { step, pause } of steps) {
          if (step === 'hurry') watch.restartNow();
          else if (step === 'asked') watch.handleRequest();
          else if (step === 'answer') link.settled = true;
          else if ('health' in step) watch.setHealth(step.health);
          else watch.setReachable(step.reach);
          await vi.advanceTimersByTimeAsync(pause);
        }
        watch.setReachable(true);
        watch.setHealth('failed');
        const before = helped.length;
        await vi.advanceTimersByTimeAsync(15_000);
        expect(helped.length).toBeGreaterThan(before);
        // In any ten seconds no more than the changes themselves, and a few of its own.
        for (const time of helped) {
          const near = helped.filter((other) => other >= time && other < time + 10_000).length;
          expect(near).toBeLessThanOrEqual(steps.length + 5);
        }
        watch.stop();
      }),
      { numRuns: 300 },
    );
  });
});
