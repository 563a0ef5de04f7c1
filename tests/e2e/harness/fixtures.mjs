import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base } from '@playwright/test';
import { SignalingProxy } from '../proxy/signaling-proxy.mjs';
import { AppInstance } from './app-instance.mjs';
import { ParlourServer } from './parlour-server.mjs';
import { writeSettings } from './settings-file.mjs';

export { expect } from '@playwright/test';
export { writeSettings } from './settings-file.mjs';

/** @typedef {import('./app-instance.mjs').Options} Options */

/**
 * `startApp` starts an instance that stops with the test; when the test fails, its logs and screenshots are attached.
 * `startAppUsingServer` starts an instance whose rooms are hosted by that server; the name in its settings is its
 * profile's. `signalingProxy` is a misbehaving proxy before a real parlour-server.
 *
 * @typedef {{
 *   startApp: (options: Options) => Promise<AppInstance>,
 *   startAppUsingServer: (address: string, options: Options, settings?: object) => Promise<AppInstance>,
 *   signalingProxy: SignalingProxy,
 * }} Fixtures
 */

/** @type {ReturnType<typeof base.extend<Fixtures>>} */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of needed fixtures from the pattern.
  startApp: async ({}, use, info) => {
    const instances = /** @type {AppInstance[]} */ ([]);
    await use(async (options) => {
      const instance = await AppInstance.start(options);
      instances.push(instance);
      return instance;
    });
    if (info.status !== info.expectedStatus) {
      for (const instance of instances) {
        for (const artifact of await instance.failureArtifacts()) {
          await info.attach(artifact.name, { path: artifact.path });
        }
      }
    }
    await Promise.all(instances.map((instance) => instance.remove()));
  },
  startAppUsingServer: async ({ startApp }, use) => {
    await use((address, options, settings = {}) => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${options.profile}-`));
      writeSettings(dir, {
        name: capitalized(options.profile),
        hosting: { kind: 'server', address },
        ...settings,
      });
      return startApp({ ...options, dir });
    });
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  signalingProxy: async ({}, use, info) => {
    const server = await ParlourServer.start({ log: info.outputPath('parlour-server.log') });
    const proxy = await SignalingProxy.start(server.port);
    await use(proxy);
    proxy.stop();
    await server.stop();
  },
});

/** @param {string} text */
export const capitalized = (text) => text.replace(/^./, (first) => first.toUpperCase());
