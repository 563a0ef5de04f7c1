import fs from 'node:fs';
import { chromium } from '@playwright/test';
import { HERE } from './machine.mjs';
import { until } from './wait.mjs';

/**
 * What the probe says of one connection (see probe/probe.js).
 *
 * @typedef {{ state: string, ice: string, frames: number, lost: number, width: number, height: number,
 *   fps: number, codec: string, energy: number, heard: number, pair: string, protocol: string, relay: string }} Link
 */

/**
 * Clicks what ends the page: the app may close the browser before the click is answered.
 *
 * @param {import('@playwright/test').Locator} button
 */
export async function clickTheLast(button) {
  await button.waitFor();
  await button.click({ timeout: 10_000 }).catch((/** @type {Error} */ error) => {
    if (!/has been closed/.test(error.message)) throw error;
  });
}

/** The call page in the browser that the app has started, reached through its debugging port. */
export class CallPage {
  /**
   * @param {import('@playwright/test').Browser} browser
   * @param {import('@playwright/test').Page} page
   */
  constructor(browser, page) {
    this.browser = browser;
    this.page = page;
  }

  /**
   * Waits for the page.
   *
   * @param {string} profile the browser's user data folder
   * @param {(line: string) => void} log
   */
  static async connect(profile, log, machine = HERE) {
    /** @type {import('@playwright/test').Browser | undefined} */
    let browser;
    const page = await until('the browser shows the call page', async () => {
      // The file may still be that of a browser which is about to end.
      if (!browser?.isConnected()) {
        const [port, path] = fs.readFileSync(`${profile}/DevToolsActivePort`, 'utf8').split('\n');
        const reached = await machine.reach(Number(port));
        browser = await chromium.connectOverCDP(`ws://127.0.0.1:${reached}${path}`);
      }
      const pages = browser.contexts().flatMap((context) => context.pages());
      return pages.find((one) => one.url().startsWith('http://127.0.0.1:'));
    });
    page.on('console', (message) => log(`console.${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => log(`page error: ${error.stack ?? error.message}`));
    return new CallPage(/** @type {import('@playwright/test').Browser} */ (browser), page);
  }

  /** @param {string} name */
  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** @param {string} name the participant's */
  tile(name) {
    return this.page.getByRole('group', { name, exact: true });
  }

  /** @returns {Promise<Link[]>} one for each connection that is not closed */
  links() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.links());
  }

  /** @returns {Promise<{ at: number, what: string }[]>} */
  events() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.events);
  }

  /** @returns {Promise<string[]>} what the app handed to the page of what peers have signaled, in its order */
  signals() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.signals());
  }

  /** @param {string[]} messages to all others, over the data channels */
  pour(messages) {
    return this.page.evaluate((some) => /** @type {any} */ (window).__probe.pour(some), messages);
  }

  /** @returns {Promise<string[]>} the SDP of both sides of every connection there was */
  descriptions() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.descriptions());
  }

  /** @returns {Promise<RTCIceServer[]>} what the connections were told */
  iceServers() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.iceServers());
  }

  /** @param {string} name */
  async enter(name) {
    await this.page.getByRole('textbox', { name: 'Your name', exact: true }).fill(name);
    await this.button('Enter').click();
  }

  /** Leaves the call. */
  leave() {
    return clickTheLast(this.button('Leave'));
  }

  /**
   * From now on, on each of so many connections: that many video frames are decoded, and sound is heard.
   *
   * @param {number} count of connections
   */
  async media(count, frames = 30, ms = 20_000) {
    /** @type {Link[]} */
    let first = [];
    await until(
      `picture and sound on ${count} connections`,
      async () => {
        const now = await this.links();
        // Fewer than before: it is another connection.
        const isOther = now.some(({ frames: seen }, i) => seen < Number(first[i]?.frames ?? 0));
        if (first.length !== count || now.length !== count || isOther) {
          first = now;
          throw new Error(`${now.length} connections: ${now.map(({ state }) => state).join(', ')}`);
        }
        const lacking = now.filter((link, i) => {
          const was = /** @type {Link} */ (first[i]);
          return !(
            link.state === 'connected' &&
            link.frames >= was.frames + frames &&
            link.energy > was.energy
          );
        });
        if (lacking.length > 0) throw new Error(JSON.stringify(lacking));
        return true;
      },
      ms,
    );
  }

  /** This participant's picture is on the screen and moves. */
  async moves(/** @type {string} */ name, ms = 15_000) {
    const video = this.tile(name).locator('video').first();
    await until(
      `${name}'s picture moves`,
      () =>
        video.evaluate(
          (/** @type {HTMLVideoElement} */ v) =>
            v.videoWidth > 0 &&
            Promise.race([
              new Promise((done) => v.requestVideoFrameCallback(() => done(true))),
              new Promise((done) => setTimeout(() => done(false), 1_000)),
            ]),
        ),
      ms,
    );
  }

  /** Lets go of the browser without ending it. */
  async disconnect() {
    await this.browser.close();
  }
}
