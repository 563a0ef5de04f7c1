import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReceiveMonitor } from './receive-monitor';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The monitor's answers, one every half second: `s` for stalled. */
function states(monitor: ReceiveMonitor, received: boolean[], isExpected = true): string {
  return received
    .map((hasReceived) => {
      vi.advanceTimersByTime(500);
      return monitor.isStalled({ hasReceived, isExpected }) ? 's' : '.';
    })
    .join('');
}
const times = (count: number, received: boolean) => Array.from({ length: count }, () => received);

it('reports a peer that sends as stalled after two and a half seconds of silence, until something arrives', () => {
  expect(states(new ReceiveMonitor(), [...times(3, true), ...times(8, false), true])).toBe('.......ssss.');
});

it('reports nothing of a peer that was never received or that sends nothing', () => {
  expect(states(new ReceiveMonitor(), times(12, false))).toBe('............');
  expect(states(new ReceiveMonitor(), [true, ...times(11, false)], false)).toBe('............');
});

it('leaves the judgement to ICE after ten seconds: the peer may send nothing, whatever it says', () => {
  const monitor = new ReceiveMonitor();
  expect(states(monitor, [true, ...times(24, false)])).toBe(
    `${'.'.repeat(5)}${'s'.repeat(15)}${'.'.repeat(5)}`,
  );
  expect(states(monitor, [true, ...times(6, false)])).toBe('.....ss');
});

it('counts what arrives for each link', async () => {
  const link = (lastAudioAt: number, bytes: number) => ({ lastAudioAt, bytesReceived: async () => bytes });
  const monitor = new ReceiveMonitor();
  const [first, second] = [link(0, 7), link(0, 0)];
  expect(await monitor.hasReceived(first)).toBe(true);
  expect(await monitor.hasReceived(first)).toBe(false);
  first.lastAudioAt = 1;
  expect(await monitor.hasReceived(first)).toBe(true);
  expect(await monitor.hasReceived(second)).toBe(false);
  second.bytesReceived = async () => 7;
  expect(await monitor.hasReceived(second)).toBe(true);
});
