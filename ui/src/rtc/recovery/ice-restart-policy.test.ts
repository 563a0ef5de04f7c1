import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkHealth } from '../peer-link/options';
import { IceRestartPolicy } from './ice-restart-policy';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0);
  vi.useRealTimers();
});

/** A policy that has started, and the times of its attempts. */
function aPolicy(health: LinkHealth = 'connected') {
  const start = performance.now();
  const attempts: number[] = [];
  const isPathNew: boolean[] = [];
  const link = { answered: true, canSignal: false };
  const policy = new IceRestartPolicy({
    attempt: (_, isNew) => {
      attempts.push(Math.round(performance.now() - start));
      isPathNew.push(isNew);
      link.answered = false;
    },
    isAnswered: () => link.answered,
    canSignal: () => link.canSignal,
  });
  policy.setHealth(health);
  policy.start();
  return { policy, attempts, isPathNew, link };
}

describe('a change of network', () => {
  it('causes an attempt at once, and one more for the last of several changes', async () => {
    const { policy, attempts, isPathNew, link } = aPolicy();
    policy.restartNow();
    for (let n = 0; n < 3; n += 1) {
      await vi.advanceTimersByTimeAsync(100);
      policy.restartNow();
    }
    link.answered = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(attempts).toEqual([0, 500, 2_500, 6_500]);
    expect(isPathNew).toEqual([true, true, false, false]);
    policy.stop();
  });

  it('causes further attempts while the peer does not answer, although the link is connected, and none after an answer', async () => {
    const { policy, attempts, link } = aPolicy();
    policy.restartNow();
    await vi.advanceTimersByTimeAsync(2_500);
    link.answered = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toEqual([0, 2_000]);
    policy.restartNow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(2 + 3);
    policy.stop();
  });

  it('waits for the server or goes over the data channel, and causes another attempt when the server is back', () => {
    const { policy, attempts, link } = aPolicy();
    policy.setReachable(false);
    policy.restartNow();
    expect(attempts).toHaveLength(0);
    link.canSignal = true;
    policy.restartNow();
    expect(attempts).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    policy.setReachable(true);
    expect(attempts).toEqual([0, 1_000]);
    policy.stop();
  });
});

type Step = { health: LinkHealth } | { reach: boolean } | 'network' | 'request' | 'answer';
const step: fc.Arbitrary<{ step: Step; pause: number }> = fc.record({
  step: fc.oneof(
    fc.record({ health: fc.constantFrom<LinkHealth>('connecting', 'connected', 'disconnected', 'failed') }),
    fc.record({ reach: fc.boolean() }),
    fc.constantFrom('network' as const, 'request' as const, 'answer' as const),
  ),
  pause: fc.constantFrom(0, 100, 700, 3_000, 20_000),
});

describe('whatever happens', () => {
  it('attempts keep their distance, and a failed link gets one within fifteen seconds of being reachable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { policy, attempts, link } = aPolicy('connecting');
        for (const { step, pause } of steps) {
          if (step === 'network') policy.restartNow();
          else if (step === 'request') policy.handleRequest();
          else if (step === 'answer') link.answered = true;
          else if ('health' in step) policy.setHealth(step.health);
          else policy.setReachable(step.reach);
          await vi.advanceTimersByTimeAsync(pause);
        }
        policy.setReachable(true);
        policy.setHealth('failed');
        const before = attempts.length;
        await vi.advanceTimersByTimeAsync(15_000);
        expect(attempts.length).toBeGreaterThan(before);
        // In any ten seconds there are no more attempts than changes, plus five.
        for (const time of attempts) {
          const near = attempts.filter((other) => other >= time && other < time + 10_000).length;
          expect(near).toBeLessThanOrEqual(steps.length + 5);
        }
        policy.stop();
      }),
      { numRuns: 300 },
    );
  });
});
