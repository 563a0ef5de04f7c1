import fs from 'node:fs';
import { BidiSession } from './bidi.mjs';
import { waitFor } from './wait.mjs';

const ENTER_KEY = '\uE007';

/** The call page in a Firefox that the app has started. */
export class FirefoxPage {
  #session;
  #context;

  /**
   * @param {BidiSession} session
   * @param {string} context
   */
  constructor(session, context) {
    this.#session = session;
    this.#context = context;
  }

  /**
   * Waits until the browser shows the page.
   *
   * @param {string} profile the browser's profile folder
   */
  static async connect(profile) {
    const session = await connectTo(profile);
    const context = await waitFor('Firefox shows the call page', async () => {
      const { contexts } = await session.send('browsingContext.getTree', {});
      return contexts.find((/** @type {{ url: string }} */ { url }) => url.startsWith('http://127.0.0.1:'));
    });
    return new FirefoxPage(session, context.context);
  }

  /**
   * Opens a page in a browser that nobody else drives, as its person would.
   *
   * @param {string} profile the browser's profile folder
   * @param {string} url
   */
  static async open(profile, url) {
    const session = await connectTo(profile);
    const { contexts } = await session.send('browsingContext.getTree', {});
    const page = new FirefoxPage(session, contexts[0].context);
    await session.send('browsingContext.navigate', { context: contexts[0].context, url, wait: 'complete' });
    return page;
  }

  reload() {
    return this.#session.send('browsingContext.reload', { context: this.#context, wait: 'complete' });
  }

  /**
   * Runs a function in the page. Arguments and result travel as JSON.
   *
   * @template {unknown[]} A
   * @template T
   * @param {(...args: A) => T | Promise<T>} run
   * @param {A} args
   * @returns {Promise<T>}
   */
  async evaluate(run, ...args) {
    const answer = await this.#session.send('script.evaluate', {
      expression: `(async () => JSON.stringify((await (${run})(...${JSON.stringify(args)})) ?? null))()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (answer.type !== 'success') throw new Error(answer.exceptionDetails.text);
    return JSON.parse(answer.result.value);
  }

  /** @returns {Promise<string>} */
  text() {
    return this.evaluate(() => document.body.innerText);
  }

  /**
   * Clicks the button whose name begins so, as soon as it can be clicked.
   *
   * @param {string} name
   */
  async click(name) {
    await waitFor(`the button "${name}"`, () =>
      this.evaluate((start) => {
        const buttons = [...document.querySelectorAll('button')];
        const button = buttons.find((one) => (one.ariaLabel ?? one.innerText.trim()).startsWith(start));
        if (!button || button.disabled) return false;
        button.click();
        return true;
      }, name),
    );
  }

  /**
   * Writes into the field that a selector finds, with real keys, and presses Enter.
   *
   * @param {string} selector
   * @param {string} text
   */
  async write(selector, text) {
    await waitFor(selector, () =>
      this.evaluate((field) => {
        const found = document.querySelector(field);
        if (!(found instanceof HTMLElement)) return false;
        found.focus();
        if (found instanceof HTMLInputElement) found.select();
        return document.activeElement === found;
      }, selector),
    );
    const actions = [...text, ENTER_KEY].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.#session.send('input.performActions', {
      context: this.#context,
      actions: [{ type: 'key', id: 'keyboard', actions }],
    });
  }

  disconnect() {
    this.#session.close();
  }
}

/** @param {string} profile the browser's profile folder */
function connectTo(profile) {
  const file = `${profile}/WebDriverBiDiServer.json`;
  return waitFor(
    'Firefox listens',
    () => BidiSession.connect(JSON.parse(fs.readFileSync(file, 'utf8')).ws_port),
    30_000,
  );
}
