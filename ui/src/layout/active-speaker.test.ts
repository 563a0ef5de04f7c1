import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Floor } from './active-speaker';

const people = ['a', 'b', 'c', 'd'];
/** Somebody begins or stops to speak, or goes or comes, after so many milliseconds. */
const event = fc.record({
  after: fc.integer({ min: 0, max: 3000 }),
  who: fc.constantFrom(...people),
  what: fc.constantFrom('speak', 'hush', 'leave', 'come'),
});

/** Lets a story happen, also what falls due between its events, and tells who was shown from when. */
function tell(events: readonly { after: number; who: string; what: string }[]) {
  const floor = new Floor();
  const present = new Set(people);
  const speaking = new Set<string>();
  const shown: { at: number; holder: string | null; free: boolean }[] = [];
  let now = 0;
  let due: number | null = null;
  const hear = (): void => {
    const before = floor.holder;
    const there = people.filter((id) => present.has(id));
    due = floor.hear(there, new Set(there.filter((id) => speaking.has(id))), now);
    if (due !== null) expect(due).toBeGreaterThan(now);
    if (floor.holder !== before) {
      shown.push({ at: now, holder: floor.holder, free: before === null || !present.has(before) });
    }
    expect(floor.holder === null).toBe(there.length === 0);
  };
  hear();
  for (const { after, who, what } of events) {
    const until = now + after;
    while (due !== null && due <= until) {
      now = due;
      hear();
    }
    now = until;
    if (what === 'speak') speaking.add(who);
    if (what === 'hush') speaking.delete(who);
    if (what === 'leave') present.delete(who);
    if (what === 'come') present.add(who);
    hear();
  }
  return { floor, shown, present, speaking, now, hear: (at: number) => ((now = at), hear()) };
}

describe('who has the floor', () => {
  it('never jumps more often than every two seconds, unless whoever had it has left', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { shown } = tell(events);
        shown.forEach((change, index) => {
          const before = shown[index - 1];
          if (before && !change.free) expect(change.at - before.at).toBeGreaterThanOrEqual(2000);
        });
      }),
    );
  });

  it('comes in the end to the only one who goes on speaking', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.constantFrom(...people), (events, last) => {
        const told = tell([
          ...events,
          ...people.map((who) => ({ after: 0, who, what: 'hush' })),
          { after: 0, who: last, what: 'come' },
          { after: 0, who: last, what: 'speak' },
        ]);
        told.hear(told.now + 5000);
        expect(told.floor.holder).toBe(last);
      }),
    );
  });

  it('is not given for a cough, and stays while its holder speaks', () => {
    const speak = (after: number, who: string) => ({ after, who, what: 'speak' });
    const hush = (after: number, who: string) => ({ after, who, what: 'hush' });
    expect(tell([speak(3000, 'b'), hush(400, 'b'), hush(4000, 'b')]).floor.holder).toBe('a');
    expect(tell([speak(3000, 'b'), hush(700, 'b')]).floor.holder).toBe('b');
    expect(tell([speak(0, 'a'), speak(3000, 'b'), hush(9000, 'b')]).floor.holder).toBe('a');
    expect(tell([speak(0, 'a'), speak(3000, 'b'), hush(100, 'a'), hush(900, 'b')]).floor.holder).toBe('b');
  });
});
