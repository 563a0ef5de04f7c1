import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReceiveMonitor } from './receive-monitor';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a pulse says, every half second, of something that moves or not. */
function felt(pulse: ReceiveMonitor, moves: boolean[], sends = true): string {
  return moves
    .map((moved) => {
      vi.advanceTimersByTime(500);
      return pulse.look({ moved, sends }) === 'still' ? 's' : '.';
    })
    .join('');
}
const times = (count: number, moved: boolean) => Array.from({ length: count }, () => moved);

it('says that one who sends is not heard any more, after two and a half seconds, and when it is heard again', () => {
  expect(felt(new ReceiveMonitor(), [...times(3, true), ...times(8, false), true])).toBe('.......ssss.');
});

it('says nothing of one who was never heard, or who sends nothing', () => {
  expect(felt(new ReceiveMonitor(), times(12, false))).toBe('............');
  expect(felt(new ReceiveMonitor(), [true, ...times(11, false)], false)).toBe('............');
});

it('leaves it to ICE after ten seconds: the other may send nothing, whatever it says', () => {
  const pulse = new ReceiveMonitor();
  expect(felt(pulse, [true, ...times(24, false)])).toBe(`${'.'.repeat(5)}${'s'.repeat(15)}${'.'.repeat(5)}`);
  expect(felt(pulse, [true, ...times(6, false)])).toBe('.....ss');
});
