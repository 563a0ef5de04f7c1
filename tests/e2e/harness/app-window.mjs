import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { HERE } from './machine.mjs';
import { kill } from './processes.mjs';
import { until } from './wait.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Runs in the window: the first element that is shown, and can be reached, with this role and accessible name. */
const FIND = `
  const [role, name] = arguments;
  const kinds = {
    button: 'button, [role=button], summary', textbox: 'textarea, input:not([type]), input[type=text], input[type=url], [role=textbox]',
    combobox: 'select, [role=combobox]', radio: 'input[type=radio], [role=radio]', heading: 'h1, h2, h3, [role=heading]',
    link: 'a[href]', group: 'fieldset, [role=group], article',
  };
  const text = (e) => e.innerText ?? '';
  const named = (e) => (e.getAttribute('aria-label')
    ?? (e.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean).map((id) => text(document.getElementById(id))).join(' ')
    ) || [...(e.labels ?? [])].map(text).join(' ') || text(e) || e.title;
  const shown = (e) => e.getClientRects().length > 0 || (e.labels ?? [])[0]?.getClientRects().length > 0;
  // What lies behind a dialog cannot be reached.
  const within = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
  return [...within.querySelectorAll(kinds[role] ?? role)]
    .find((e) => shown(e) && !e.closest('[inert]') && named(e).replace(/\\s+/g, ' ').trim() === name) ?? null;`;

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((done, failed) => {
    const server = net.createServer().on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => done(port));
    });
  });

/** The app's own window, driven through WebKitWebDriver, which also starts the app. */
export class AppWindow {
  #base = '';
  #session = '';
  /** @type {import('node:child_process').ChildProcess} */
  #driver;

  /** @param {import('node:child_process').ChildProcess} driver */
  constructor(driver) {
    this.#driver = driver;
  }

  /**
   * @param {{ binary: string, args: string[], env: NodeJS.ProcessEnv, log: string, machine?: import('./machine.mjs').Machine }} options
   * @returns {Promise<AppWindow>}
   */
  static async open({ binary, args, env, log, machine = HERE }) {
    const port = await freePort();
    const out = fs.openSync(log, 'a');
    const driver = spawn(...machine.command('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1']), {
      env: { ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
      stdio: ['ignore', out, out],
    });
    fs.closeSync(out);
    const window = new AppWindow(driver);
    try {
      const base = `http://127.0.0.1:${await machine.reach(port)}`;
      await until('WebKitWebDriver is ready', async () => (await fetch(`${base}/status`)).ok);
      window.#base = base;
      const { sessionId } = await window.#call('POST', '/session', {
        capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } },
      });
      window.#session = `/session/${sessionId}`;
      return window;
    } catch (error) {
      await window.end();
      throw error;
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async #call(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = /** @type {{ value: any }} */ (await answer.json());
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  }

  /**
   * @param {string} script the body of a function
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  run(script, ...args) {
    return this.#call('POST', `${this.#session}/execute/sync`, { script, args });
  }

  /** What a person can read in the window. */
  text() {
    return /** @type {Promise<string>} */ (this.run('return document.body.innerText'));
  }

  /** @param {string | RegExp} words */
  async reads(words, ms = 15_000) {
    await until(
      `the window reads ${words}`,
      async () => {
        const text = (await this.text()).replace(/\s+/g, ' ');
        if (typeof words === 'string' ? text.includes(words) : words.test(text)) return true;
        throw new Error(text);
      },
      ms,
    );
  }

  /**
   * @param {string} role
   * @param {string} name
   */
  async has(role, name) {
    return (await this.run(FIND, role, name)) !== null;
  }

  /**
   * @param {string} role
   * @param {string} name
   * @returns {Promise<string>} for the functions of WebDriver
   */
  async find(role, name, ms = 15_000) {
    const element = await until(`the window has the ${role} ${name}`, () => this.run(FIND, role, name), ms);
    return element[ELEMENT];
  }

  /**
   * @param {string} role
   * @param {string} name
   */
  async click(role, name) {
    const element = await this.find(role, name);
    await this.#call('POST', `${this.#session}/element/${element}/click`, {});
  }

  /**
   * Presses a key where the focus is.
   *
   * @param {string} key as WebDriver names it
   */
  async press(key) {
    const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: key }));
    await this.#call('POST', `${this.#session}/actions`, {
      actions: [{ type: 'key', id: 'keyboard', actions }],
    });
  }

  /**
   * @param {string} name of a text box
   * @returns {Promise<string>}
   */
  async value(name) {
    const element = await this.find('textbox', name);
    return this.#call('GET', `${this.#session}/element/${element}/property/value`);
  }

  /**
   * @param {string} name of a text box
   * @param {string} text
   */
  async fill(name, text) {
    const element = await this.find('textbox', name);
    await this.#call('POST', `${this.#session}/element/${element}/clear`, {});
    await this.#call('POST', `${this.#session}/element/${element}/value`, { text });
  }

  /**
   * Empties a text box and presses Ctrl+V in it.
   *
   * @param {string} name
   */
  async paste(name) {
    await this.fill(name, '\uE009v');
  }

  /**
   * @param {string} name of a list of choices
   * @param {string} option
   */
  async choose(name, option) {
    const list = await this.find('combobox', name);
    const choice = await this.run(
      'return [...arguments[0].options].find((one) => one.label === arguments[1])',
      { [ELEMENT]: list },
      option,
    );
    await this.#call('POST', `${this.#session}/element/${choice[ELEMENT]}/click`, {});
  }

  /**
   * @param {string} name of a list of choices
   * @returns {Promise<string>}
   */
  async chosen(name) {
    const list = await this.find('combobox', name);
    return this.run('return arguments[0].selectedOptions[0]?.label', { [ELEMENT]: list });
  }

  /** @param {string} path */
  async screenshot(path) {
    fs.writeFileSync(path, Buffer.from(await this.#call('GET', `${this.#session}/screenshot`), 'base64'));
  }

  /** Ends the driver, and with it the app if it still runs. */
  async end() {
    if (this.#session) await this.#call('DELETE', this.#session).catch(() => {});
    const gone = () => this.#driver.exitCode !== null || this.#driver.signalCode !== null;
    if (!gone()) this.#driver.kill('SIGTERM');
    await until('WebKitWebDriver ends', gone, 3_000).catch(() => this.#driver.kill('SIGKILL'));
  }
}
