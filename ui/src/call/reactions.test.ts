import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EphemeralMessage } from '../rtc/data-channel/messages';
import { aPeer } from '../backend/fake/views';
import { RaisedHands } from './raised-hands.svelte';
import { Participant } from './participant.svelte';
import { Reactions, REACTION_DURATION_MS } from './reactions.svelte';

const mei = new Participant(aPeer(1));
const ben = new Participant(aPeer(2));

describe('reactions', () => {
  let sent: EphemeralMessage[];
  let reactions: Reactions;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    reactions = new Reactions((note) => sent.push(note));
  });
  afterEach(() => {
    reactions.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('are sent and shown for a while', () => {
    expect(reactions.send('heart')).toBe(true);
    expect(sent).toEqual([{ type: 'reaction', emoji: 'heart' }]);
    vi.advanceTimersByTime(REACTION_DURATION_MS / 2);
    reactions.onMessage(mei, { type: 'reaction', emoji: 'clap' });
    expect(reactions.shown).toMatchObject([
      { from: null, emoji: 'heart' },
      { from: mei.id, emoji: 'clap' },
    ]);
    vi.advanceTimersByTime(REACTION_DURATION_MS / 2);
    expect(reactions.shown).toMatchObject([{ emoji: 'clap' }]);
    vi.advanceTimersByTime(REACTION_DURATION_MS / 2);
    expect(reactions.shown).toEqual([]);
  });

  it('are limited for each person separately', () => {
    for (let n = 0; n < 100; n += 1) reactions.onMessage(mei, { type: 'reaction', emoji: 'laugh' });
    for (let n = 0; n < 100; n += 1) reactions.send('laugh');
    reactions.onMessage(ben, { type: 'reaction', emoji: 'laugh' });
    const of = (whose: string | null) => reactions.shown.filter(({ from }) => from === whose).length;
    expect([of(mei.id), of(null), of(ben.id)]).toEqual([4, 4, 1]);
    expect(sent).toHaveLength(4);
    vi.advanceTimersByTime(1_000);
    expect(reactions.send('wow')).toBe(true);
  });

  it('disappear when the person leaves', () => {
    reactions.onMessage(mei, { type: 'reaction', emoji: 'party' });
    reactions.onLeave(mei);
    expect(reactions.shown).toEqual([]);
  });
});

describe('raised hands', () => {
  it('are in the order in which they were raised', () => {
    let changes = 0;
    const hands = new RaisedHands(() => (changes += 1));
    const raise = (person: Participant, hand: boolean) => {
      person.setState({ mic: true, camera: true, screen: false, hand });
      hands.onState(person);
    };
    raise(mei, true);
    hands.toggle();
    raise(ben, true);
    raise(mei, true);
    expect([mei.id, null, ben.id].map((one) => hands.position(one))).toEqual([1, 2, 3]);
    expect(hands.isRaised).toBe(true);
    raise(mei, false);
    expect([mei.id, null, ben.id].map((one) => hands.position(one))).toEqual([0, 1, 2]);
    hands.onLeave(ben);
    hands.toggle();
    expect(hands.raised).toEqual([]);
    expect(changes).toBe(2);
  });
});
