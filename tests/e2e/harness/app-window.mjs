import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { LOCAL_MACHINE } from './machine.mjs';
import { kill } from './processes.mjs';
import { waitFor } from './wait.mjs';

const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';

/** Runs in the window: finds the first visible and reachable element with this role and accessible name. */
const FIND_ELEMENT_SCRIPT = `
  const [role, name] = arguments;
  const selectors = {
    button: 'button, [role=button], summary', textbox: 'textarea, input:not([type]), input[type=text], input[type=url], [role=textbox]',
    combobox: 'select, [role=combobox]', radio: 'input[type=radio], [role=radio]', heading: 'h1, h2, h3, [role=heading]',
    link: 'a[href], [role=link]', group: 'fieldset, [role=group], article',
  };
  const text = (e) => e.innerText ?? '';
  const nameOf = (e) => (e.getAttribute('aria-label')
    ?? (e.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean).map((id) => text(document.getElementById(id))).join(' ')
    ) || [...(e.labels ?? [])].map(text).join(' ') || text(e) || e.title;
  const isVisible = (e) => e.getClientRects().length > 0 || (e.labels ?? [])[0]?.getClientRects().length > 0;
  // Elements behind a modal dialog cannot be reached.
  const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
  return [...root.querySelectorAll(selectors[role] ?? role)]
    .find((e) => isVisible(e) && !e.closest('[inert]') && nameOf(e).replace(/\\s+/g, ' ').trim() === name) ?? null;`;

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((done, failed) => {
    const server = net.createServer().on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => done(port));
    });
  });

/** The app's own window, driven by WebKitWebDriver, which also starts the app. */
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
  static async open({ binary, args, env, log, machine = LOCAL_MACHINE }) {
    const port = await freePort();
    const out = fs.openSync(log, 'a');
    const driver = spawn(...machine.command('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1']), {
      env: { ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
      stdio: ['ignore', out, out],
    });
    fs.closeSync(out);
    const window = new AppWindow(driver);
    try {
      const base = `http://127.0.0.1:${await machine.forwardPort(port)}`;
      await waitFor('WebKitWebDriver is ready', async () => (await fetch(`${base}/status`)).ok);
      window.#base = base;
      const { sessionId } = await window.#call('POST', '/session', {
        capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } },
      });
      window.#session = `/session/${sessionId}`;
      return window;
    } catch (error) {
      await window.stop();
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
  execute(script, ...args) {
    return this.#call('POST', `${this.#session}/execute/sync`, { script, args });
  }

  /** The text that is visible in the window. */
  text() {
    return /** @type {Promise<string>} */ (this.execute('return document.body.innerText'));
  }

  /** @param {string} expected */
  async waitForText(expected, timeoutMs = 15_000) {
    await waitFor(
      `the window reads ${expected}`,
      async () => {
        const text = (await this.text()).replace(/\s+/g, ' ');
        if (text.includes(expected)) return true;
        throw new Error(text);
      },
      timeoutMs,
    );
  }

  /**
   * @param {string} role
   * @param {string} name
   */
  async has(role, name) {
    return (await this.execute(FIND_ELEMENT_SCRIPT, role, name)) !== null;
  }

  /**
   * @param {string} role
   * @param {string} name
   * @returns {Promise<string>} WebDriver's id of the element
   */
  async find(role, name) {
    const find = () => this.execute(FIND_ELEMENT_SCRIPT, role, name);
    const element = await waitFor(`the window has the ${role} ${name}`, find);
    return element[ELEMENT_KEY];
  }

  /**
   * @param {string} role
   * @param {string} name
   */
  async click(role, name) {
    const element = await this.find(role, name);
    const isEnabled = () => this.#call('GET', `${this.#session}/element/${element}/enabled`);
    await waitFor(`the ${role} ${name} is enabled`, isEnabled);
    await this.#call('POST', `${this.#session}/element/${element}/click`, {});
  }

  /**
   * Presses a key in the focused element.
   *
   * @param {string} key WebDriver's code of the key
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
  async inputValue(name) {
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
  async selectOption(name, option) {
    const list = await this.find('combobox', name);
    const choice = await this.execute(
      'return [...arguments[0].options].find((one) => one.label === arguments[1])',
      { [ELEMENT_KEY]: list },
      option,
    );
    await this.#call('POST', `${this.#session}/element/${choice[ELEMENT_KEY]}/click`, {});
  }

  /**
   * @param {string} name of a list of choices
   * @returns {Promise<string>}
   */
  async selectedOption(name) {
    const list = await this.find('combobox', name);
    return this.execute('return arguments[0].selectedOptions[0]?.label', { [ELEMENT_KEY]: list });
  }

  /** @param {string} path */
  async screenshot(path) {
    fs.writeFileSync(path, Buffer.from(await this.#call('GET', `${this.#session}/screenshot`), 'base64'));
  }

  /** Stops the driver, and with it the app if it still runs. */
  async stop() {
    if (this.#session) await this.#call('DELETE', this.#session).catch(() => {});
    const hasExited = () => this.#driver.exitCode !== null || this.#driver.signalCode !== null;
    if (!hasExited()) this.#driver.kill('SIGTERM');
    await waitFor('WebKitWebDriver exits', hasExited, 3_000).catch(() => this.#driver.kill('SIGKILL'));
  }
}
