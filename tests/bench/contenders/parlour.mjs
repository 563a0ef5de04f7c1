import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppInstance } from '../../e2e/harness/app-instance.mjs';
import { writeSettings } from '../../e2e/harness/settings-file.mjs';
import { waitFor } from '../../e2e/harness/wait.mjs';

/** @typedef {import('../../e2e/harness/chromium.mjs').Page} Page */

/**
 * Two real apps. Their call pages run in the bench's browsers, so that all contenders share them.
 *
 * @param {number} serverPort of `parlour-server`
 * @param {boolean} hasLobby whether the newcomer waits in the lobby, or presses *Enter* as soon as the button is there
 * @returns {import('../trial.mjs').Contender}
 */
export function parlour(serverPort, hasLobby) {
  return {
    hasLobby,
    async prepare({ openNewcomer, openMember, delayedPort }) {
      /** @type {AppInstance[]} */
      const instances = [];
      const end = async () => void (await Promise.all(instances.map((instance) => instance.remove())));
      try {
        const server = `ws+127.0.0.1:${await delayedPort(serverPort)}`;
        const anna = await start('Anna', { hosting: { kind: 'server', address: server } });
        instances.push(anna);
        const member = await openMember();
        await anna.window.click('button', 'Start a room');
        await openCallPage(anna, member);
        await enterButton(member).click();
        const invite = await anna.invite();

        const ben = await start('Ben', {}, invite);
        instances.push(ben);
        const newcomer = await openNewcomer();
        await openCallPage(ben, newcomer);
        if (hasLobby) await waitForAnswer(newcomer, member);
        return { newcomer, member, end };
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}

/** @param {Page} page */
export const enterButton = (page) => page.getByRole('button', { name: 'Enter', exact: true });

/**
 * @param {string} name
 * @param {object} settings
 * @param {string} [link]
 */
function start(name, settings, link) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-bench-'));
  writeSettings(dir, { name, ...settings });
  return AppInstance.start({ profile: name, dir, browser: 'none', ...(link ? { link } : {}) });
}

/**
 * Opens the call page that the app hands to its browser.
 *
 * @param {AppInstance} instance
 * @param {Page} page
 */
async function openCallPage(instance, page) {
  const file = await waitFor('the app opens its call page', () => instance.redirectFiles()[0]);
  await page.goto(`file://${file}`);
  await page.waitForURL('http://127.0.0.1:*/**');
}

/**
 * Waits until a person has been in the lobby for a moment: the camera is open, and the member has answered.
 *
 * @param {Page} newcomer
 * @param {Page} member
 */
async function waitForAnswer(newcomer, member) {
  const hasCamera = () => newcomer.evaluate(() => window.__bench.measured.media.length > 0);
  const hasAnswered = () => member.evaluate(() => window.__bench.measured.localDescriptions.length > 0);
  await waitFor('the newcomer’s camera is open', hasCamera);
  await waitFor('the member has answered', hasAnswered);
}
