import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ActiveSpeaker } from './active-speaker';

const people = ['a', 'b', 'c', 'd'];
/** `after` milliseconds, somebody starts or stops speaking, leaves or comes. */
const event = fc.record({
  after: fc.integer({ min: 0, max: 3000 }),
  who: fc.constantFrom(...people),
  what: fc.constantFrom('speak', 'stop', 'leave', 'come'),
});

/** Plays the events, with the updates that fall due between them, and records each change of speaker. */
function play(events: readonly { after: number; who: string; what: string }[]) {
  const speaker = new ActiveSpeaker();
  const present = new Set(people);
  const speaking = new Set<string>();
  const shown: { at: number; current: string | null; free: boolean }[] = [];
  let now = 0;
  let due: number | null = null;
  const update = (): void => {
    const before = speaker.current;
    const here = people.filter((id) => present.has(id));
    due = speaker.update(here, new Set(here.filter((id) => speaking.has(id))), now);
    if (due !== null) expect(due).toBeGreaterThan(now);
    if (speaker.current !== before) {
      shown.push({ at: now, current: speaker.current, free: before === null || !present.has(before) });
    }
    expect(speaker.current === null).toBe(here.length === 0);
  };
  update();
  for (const { after, who, what } of events) {
    const until = now + after;
    while (due !== null && due <= until) {
      now = due;
      update();
    }
    now = until;
    if (what === 'speak') speaking.add(who);
    if (what === 'stop') speaking.delete(who);
    if (what === 'leave') present.delete(who);
    if (what === 'come') present.add(who);
    update();
  }
  return { speaker, shown, present, speaking, now, update: (at: number) => ((now = at), update()) };
}

describe('the active speaker', () => {
  it('changes at most every two seconds, unless the speaker leaves', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { shown } = play(events);
        shown.forEach((change, index) => {
          const before = shown[index - 1];
          if (before && !change.free) expect(change.at - before.at).toBeGreaterThanOrEqual(2000);
        });
      }),
    );
  });

  it('ends at the only person who goes on speaking', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.constantFrom(...people), (events, last) => {
        const played = play([
          ...events,
          ...people.map((who) => ({ after: 0, who, what: 'stop' })),
          { after: 0, who: last, what: 'come' },
          { after: 0, who: last, what: 'speak' },
        ]);
        played.update(played.now + 5000);
        expect(played.speaker.current).toBe(last);
      }),
    );
  });

  it('ignores a cough, and stays while the current speaker speaks', () => {
    const speak = (after: number, who: string) => ({ after, who, what: 'speak' });
    const stop = (after: number, who: string) => ({ after, who, what: 'stop' });
    expect(play([speak(3000, 'b'), stop(400, 'b'), stop(4000, 'b')]).speaker.current).toBe('a');
    expect(play([speak(3000, 'b'), stop(700, 'b')]).speaker.current).toBe('b');
    expect(play([speak(0, 'a'), speak(3000, 'b'), stop(9000, 'b')]).speaker.current).toBe('a');
    expect(play([speak(0, 'a'), speak(3000, 'b'), stop(100, 'a'), stop(900, 'b')]).speaker.current).toBe('b');
  });
});
