import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base } from '../harness/fixtures.mjs';
import { Relay } from './signaling-proxy.mjs';
import { Server } from '../harness/parlour-server.mjs';

export { expect } from '@playwright/test';

/**
 * `relay` stands before a real server. `startAt` gives an instance that starts its rooms on that server.
 *
 * @typedef {{
 *   relay: Relay,
 *   startAt: (
 *     server: string,
 *     options: import('../harness/app-instance.mjs').Options,
 *     settings?: object,
 *   ) => Promise<import('../harness/app-instance.mjs').Parlour>,
 * }} Fixtures
 */

/** @type {ReturnType<typeof base.extend<Fixtures>>} */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern.
  relay: async ({}, use, info) => {
    const log = info.outputPath('parlour-server.log');
    const server = await Server.start({ log });
    const relay = await Relay.start(server.port);
    await use(relay);
    relay.end();
    await server.end();
  },
  startAt: async ({ start }, use) => {
    await use((address, options, more = {}) => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${options.profile}-`));
      fs.mkdirSync(path.join(dir, 'profile'));
      const name = options.profile.replace(/^./, (first) => first.toUpperCase());
      const settings = { name, hosting: { kind: 'server', address }, ...more };
      fs.writeFileSync(path.join(dir, 'profile/settings.json'), JSON.stringify(settings), { mode: 0o600 });
      return start({ ...options, dir });
    });
  },
});
