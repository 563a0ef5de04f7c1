import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Note } from '../rtc/notes';
import { Hands } from './hands.svelte';
import { Reactions, SHOWN_FOR } from './reactions.svelte';

const MEI = 'a'.repeat(32);
const BEN = 'b'.repeat(32);

describe('reactions', () => {
  let said: Note[];
  let reactions: Reactions;

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    reactions = new Reactions({ say: (note) => said.push(note) });
  });
  afterEach(() => {
    reactions.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('are sent, shown, and gone after a while', () => {
    expect(reactions.send('heart')).toBe(true);
    expect(said).toEqual([{ type: 'reaction', emoji: 'heart' }]);
    vi.advanceTimersByTime(SHOWN_FOR / 2);
    reactions.hear(MEI, { type: 'reaction', emoji: 'clap' });
    expect(reactions.shown).toMatchObject([
      { from: null, emoji: 'heart' },
      { from: MEI, emoji: 'clap' },
    ]);
    vi.advanceTimersByTime(SHOWN_FOR / 2);
    expect(reactions.shown).toMatchObject([{ emoji: 'clap' }]);
    vi.advanceTimersByTime(SHOWN_FOR / 2);
    expect(reactions.shown).toEqual([]);
  });

  it('are limited for each person, and one does not use up the others', () => {
    for (let n = 0; n < 100; n += 1) reactions.hear(MEI, { type: 'reaction', emoji: 'laugh' });
    for (let n = 0; n < 100; n += 1) reactions.send('laugh');
    reactions.hear(BEN, { type: 'reaction', emoji: 'laugh' });
    const of = (whose: string | null) => reactions.shown.filter(({ from }) => from === whose).length;
    expect([of(MEI), of(null), of(BEN)]).toEqual([4, 4, 1]);
    expect(said).toHaveLength(4);
    vi.advanceTimersByTime(1_000);
    expect(reactions.send('wow')).toBe(true);
  });

  it('go with the person', () => {
    reactions.hear(MEI, { type: 'reaction', emoji: 'party' });
    reactions.left(MEI);
    expect(reactions.shown).toEqual([]);
  });
});

describe('hands', () => {
  it('stand in the order in which they were raised', () => {
    let told = 0;
    const hands = new Hands(() => (told += 1));
    hands.see(MEI, true);
    hands.toggle();
    hands.see(BEN, true);
    hands.see(MEI, true);
    expect([MEI, null, BEN].map((one) => hands.place(one))).toEqual([1, 2, 3]);
    expect(hands.mine).toBe(true);
    hands.see(MEI, false);
    expect([MEI, null, BEN].map((one) => hands.place(one))).toEqual([0, 1, 2]);
    hands.left(BEN);
    hands.toggle();
    expect(hands.raised).toEqual([]);
    expect(told).toBe(2);
  });
});
