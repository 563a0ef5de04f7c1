import fs from 'node:fs';
import { chromium } from '@playwright/test';
import { LOCAL_MACHINE } from './machine.mjs';
import { waitFor } from './wait.mjs';

/**
 * The probe's measurements of one connection (see probe/probe.js).
 *
 * @typedef {{ state: string, ice: string, framesDecoded: number, packetsLost: number, width: number, height: number,
 *   fps: number, codec: string, audioEnergy: number, audioSeconds: number, candidatePair: string, protocol: string, relayProtocol: string }} LinkStats
 */

/**
 * Clicks a button that ends the page: the app may close the browser before the click returns.
 *
 * @param {import('@playwright/test').Locator} button
 */
export async function clickClosingButton(button) {
  await button.waitFor();
  await button.click({ timeout: 10_000 }).catch((/** @type {Error} */ error) => {
    if (!/has been closed/.test(error.message)) throw error;
  });
}

/** The call page in the browser that the app has started, reached through the browser's debugging port. */
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
   * Waits until the browser shows the page.
   *
   * @param {string} profile the browser's user data folder
   * @param {(line: string) => void} log
   */
  static async connect(profile, log, machine = LOCAL_MACHINE) {
    /** @type {import('@playwright/test').Browser | undefined} */
    let browser;
    const page = await waitFor('the browser shows the call page', async () => {
      // The file may belong to an earlier browser that is about to exit.
      if (!browser?.isConnected()) {
        const [port, path] = fs.readFileSync(`${profile}/DevToolsActivePort`, 'utf8').split('\n');
        const localPort = await machine.forwardPort(Number(port));
        browser = await chromium.connectOverCDP(`ws://127.0.0.1:${localPort}${path}`);
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

  /** @param {string} name of the participant */
  tile(name) {
    return this.page.getByRole('group', { name, exact: true });
  }

  /** @returns {Promise<LinkStats[]>} of every connection that is not closed */
  linkStats() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.linkStats());
  }

  /** @returns {Promise<{ at: number, what: string }[]>} */
  events() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.events);
  }

  /** @returns {Promise<string[]>} the `signal` events that the app has sent to the page, in order */
  receivedSignals() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.receivedSignals());
  }

  /** @param {string[]} messages to send over every open data channel */
  floodDataChannels(messages) {
    return this.page.evaluate(
      (batch) => /** @type {any} */ (window).__probe.floodDataChannels(batch),
      messages,
    );
  }

  /** @returns {Promise<string[]>} the local and the remote SDP of every connection since the page was loaded */
  descriptions() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.descriptions());
  }

  /** @returns {Promise<RTCIceServer[]>} of every connection since the page was loaded */
  iceServers() {
    return this.page.evaluate(() => /** @type {any} */ (window).__probe.iceServers());
  }

  /** @param {string} name */
  async enter(name) {
    await this.page.getByRole('textbox', { name: 'Your name', exact: true }).fill(name);
    await this.button('Enter').click();
  }

  leave() {
    return clickClosingButton(this.button('Leave'));
  }

  /**
   * Waits until there are exactly `count` connections and each has decoded so many more video frames and played sound.
   *
   * @param {number} count
   */
  async waitForMedia(count, frames = 30, timeoutMs = 20_000) {
    /** @type {LinkStats[]} */
    let before = [];
    await waitFor(
      `picture and sound on ${count} connections`,
      async () => {
        const now = await this.linkStats();
        // A count that falls belongs to a new connection.
        const isReplaced = now.some(
          ({ framesDecoded }, i) => framesDecoded < Number(before[i]?.framesDecoded ?? 0),
        );
        if (before.length !== count || now.length !== count || isReplaced) {
          before = now;
          throw new Error(`${now.length} connections: ${now.map(({ state }) => state).join(', ')}`);
        }
        const incomplete = now.filter((link, i) => {
          const earlier = /** @type {LinkStats} */ (before[i]);
          return !(
            link.state === 'connected' &&
            link.framesDecoded >= earlier.framesDecoded + frames &&
            link.audioEnergy > earlier.audioEnergy
          );
        });
        if (incomplete.length > 0) throw new Error(JSON.stringify(incomplete));
        return true;
      },
      timeoutMs,
    );
  }

  /**
   * Waits until this participant's video is visible and shows a new frame.
   *
   * @param {string} name
   */
  async waitForVideo(name) {
    const video = this.tile(name).locator('video').first();
    await waitFor(`${name}'s picture moves`, () =>
      video.evaluate(
        (/** @type {HTMLVideoElement} */ element) =>
          element.videoWidth > 0 &&
          Promise.race([
            new Promise((done) => element.requestVideoFrameCallback(() => done(true))),
            new Promise((done) => setTimeout(() => done(false), 1_000)),
          ]),
      ),
    );
  }

  /** Closes the connection to the browser; the browser goes on. */
  async disconnect() {
    await this.browser.close();
  }
}
