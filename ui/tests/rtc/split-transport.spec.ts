/**
 * An attacker who has the invite and the server plays each of two people to the other: sound and picture lead to the
 * attacker, and only the packets of the data channel are passed on. The data channel carries the safety check.
 */
import { DtlsRelay, type LegName, type LegPeer } from './split-transport/dtls-relay';
import type { Plan } from './split-transport/offers';
import { expect, test } from './test';

const REFUSED_BY_CHROMIUM: Plan[] = [
  { way: 'browser', groups: 'two', spelling: 'two spaces', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'upper case', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'second sha-384', level: 'session' },
];

const PLANS: Plan[] = [
  ...REFUSED_BY_CHROMIUM,
  { way: 'browser', groups: 'two', spelling: 'sha-1', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'sha-1', level: 'session' },
  { way: 'browser', groups: 'two', spelling: 'second sha-384', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'second sha-1', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'sha-256', level: 'media' },
  { way: 'browser', groups: 'unbundled', spelling: 'sha-1', level: 'media' },
  { way: 'sdp', groups: 'two', spelling: 'sha-1', level: 'media' },
  { way: 'extra fields', groups: 'two', spelling: 'sha-1', level: 'media' },
  { way: 'browser', groups: 'two', spelling: 'sha-1', level: 'media', later: 'split' },
  { way: 'browser', groups: 'two', spelling: 'sha-256', level: 'media', later: 'moved' },
];

for (const plan of PLANS) {
  const { way, groups, spelling, level, later } = plan;
  test(`${later ? `later ${later}, ` : ''}${groups} groups, ${spelling} at ${level} level, by ${way}`, async ({
    page,
  }) => {
    const relay = await DtlsRelay.start();
    await page.exposeFunction('leg', (leg: LegName) => relay.view(leg));
    await page.exposeFunction('setLegPeer', (leg: LegName, peer: LegPeer) => relay.setPeer(leg, peer));
    const outcome = await page
      .evaluate(async (plan) => window.lab.split(plan, await window.lab.tracks()), plan)
      .finally(() => relay.stop());
    expect(outcome.decoded, JSON.stringify(outcome)).toBe(0);
    if (later === 'split') {
      // The browser refuses to split a transport. The two stay connected to each other.
      expect(outcome.alice.emoji).toEqual(outcome.bob.emoji);
      expect(outcome.alice.emoji).toHaveLength(7);
      return;
    }
    if (later === 'moved') {
      // The browser does not finish a handshake with another certificate. Emoji are shown only while connected.
      for (const { state } of [outcome.alice, outcome.bob]) expect(state).not.toBe('connected');
      return;
    }
    const alarm = way === 'sdp' ? 'description_refused' : 'transports_differ';
    // A plan that the browser refuses raises no alarm. Unknown fields are left out: an innocent offer is left.
    const isQuiet = way === 'extra fields' || REFUSED_BY_CHROMIUM.some((other) => other === plan);
    for (const { alarms, everConnected, emoji } of [outcome.alice, outcome.bob]) {
      expect({ alarms, everConnected, emoji }).toEqual({
        alarms: isQuiet ? [] : [alarm],
        everConnected: false,
        emoji: null,
      });
    }
  });
}
