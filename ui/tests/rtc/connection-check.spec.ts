/** The connection check with real links. */
import { expect, test } from './test';

test('a link within one network is told as such, and its graphs have points', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const { here } = await lab.call();
    await here.call().enter('Mei');
    const ada = () => here.call().participants[0];
    await lab.until(() => ada()?.linkState === 'connected');
    await lab.until(
      () => (ada()?.samples.at(-1)?.received ?? 0) > 0 && (ada()?.samples.at(-1)?.height ?? 0) > 0,
    );
    const { measurement, samples, quality } = ada() ?? {};
    return { measurement, sample: samples?.at(-1), quality };
  });
  expect(seen.measurement?.path).toMatchObject({ scope: 'network', relayed: null });
  expect(seen.measurement?.ours).toMatchObject({ host: true, relay: false });
  expect(seen.measurement?.theirs).toMatchObject({ relay: false });
  expect(seen.sample?.roundTripTime).toBeGreaterThanOrEqual(0);
  expect(seen.sample?.sent).toBeGreaterThan(0);
  expect(seen.quality).toBe('good');
});

test('two people whose link fails are checked, and tell each other what kind of network they have', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    // Without a TURN server there is no way then.
    const { here, there } = await lab.call({ relay_only: true });
    here.backend.facts = { ...here.backend.facts, nat: 'symmetric' };
    there.backend.facts = { ...there.backend.facts, udp: false, nat: null };
    await here.call().enter('Mei');
    const ada = () => here.call().participants[0];
    const mei = () => there.call().participants[0];
    await lab.until(() => ada()?.networkReport && mei()?.networkReport);
    const checks = (person: typeof here) =>
      person.backend.calls.filter(({ name }) => name === 'checkConnection').length;
    return {
      states: [ada()?.linkState, mei()?.linkState],
      ofThere: ada()?.networkReport,
      ofHere: mei()?.networkReport,
      ours: ada()?.measurement?.ours,
      checks: [checks(here), checks(there)],
      problems: [...here.call().problems, ...there.call().problems],
    };
  });
  expect(seen.states).toEqual(['failed', 'failed']);
  expect(seen.ofThere).toEqual({ udp: 'blocked', nat: 'unknown' });
  expect(seen.ofHere).toEqual({ udp: 'works', nat: 'symmetric' });
  expect(seen.ours).toEqual({ host: false, reflexive: false, relay: false });
  expect(seen.checks).toEqual([1, 1]);
  expect(seen.problems).toEqual([]);
});
