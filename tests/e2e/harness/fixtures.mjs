import { test as base } from '@playwright/test';
import { Parlour } from './app-instance.mjs';

export { expect } from '@playwright/test';

/**
 * `start` gives an instance that ends with the test; on failure its logs and screenshots are attached.
 *
 * @typedef {{ start: (options: import('./app-instance.mjs').Options) => Promise<Parlour> }} Fixtures
 */

/** @type {ReturnType<typeof base.extend<Fixtures>>} */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern.
  start: async ({}, use, info) => {
    const running = /** @type {Parlour[]} */ ([]);
    await use(async (options) => {
      const parlour = await Parlour.start(options);
      running.push(parlour);
      return parlour;
    });
    if (info.status !== info.expectedStatus) {
      for (const parlour of running) {
        for (const one of await parlour.evidence()) await info.attach(one.name, { path: one.path });
      }
    }
    await Promise.all(running.map((parlour) => parlour.remove()));
  },
});
