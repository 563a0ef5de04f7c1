import { describe, expect, it } from 'vitest';
import { MutedHint } from './muted-hint';

/** Feeds a level every 100 ms, from `from` to before `to`. Returns the times at which the hint was shown. */
function listen(hint: MutedHint, from: number, to: number, level: number, muted = true): number[] {
  const shown: number[] = [];
  for (let now = from; now < to; now += 100) if (hint.update(level, muted, now)) shown.push(now);
  return shown;
}

describe('the hint for a person who talks while muted', () => {
  it('is shown after 0.4 seconds, for four seconds, and not again for a minute', () => {
    const shown = listen(new MutedHint(), 0, 70_000, 0.8);
    expect(shown[0]).toBe(400);
    expect(shown.filter((at) => at < 60_000).at(-1)).toBe(4_300);
    expect(shown.find((at) => at > 5_000)).toBe(60_400);
  });

  it('is not shown for a cough, for a quiet room, or while unmuted', () => {
    const hint = new MutedHint();
    expect(listen(hint, 0, 300, 0.8)).toEqual([]);
    expect(listen(hint, 300, 2_000, 0.1)).toEqual([]);
    expect(listen(hint, 2_000, 2_300, 0.8)).toEqual([]);
    expect(listen(hint, 3_000, 6_000, 0.8, false)).toEqual([]);
  });

  it('allows a pause between two words', () => {
    const hint = new MutedHint();
    listen(hint, 0, 200, 0.8);
    listen(hint, 200, 400, 0.1);
    expect(listen(hint, 400, 600, 0.8)).not.toEqual([]);
  });

  it('disappears when the person unmutes', () => {
    const hint = new MutedHint();
    expect(listen(hint, 0, 600, 0.8)).not.toEqual([]);
    expect(listen(hint, 600, 700, 0.8, false)).toEqual([]);
    expect(listen(hint, 700, 3_000, 0.8)).toEqual([]);
  });
});
