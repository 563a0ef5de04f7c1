import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CHROMIUM } from './chromium.mjs';
import { HERE } from './machine.mjs';
import { CallPage } from './call-page.mjs';
import { descendants, kill, processesOf } from './processes.mjs';
import { until } from './wait.mjs';
import { AppWindow } from './app-window.mjs';
import { closeWindowOf } from './x11.mjs';

const here = path.dirname(import.meta.dirname);
/** The app. */
export const BINARY = process.env.PARLOUR_APP ?? path.join(here, '../../target/debug/parlour');

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--password-store=basic',
  '--lang=en',
  '--window-size=960,720',
  '--remote-debugging-port=0',
  `--load-extension=${path.join(here, 'probe')}`,
];
const FAKE_DEVICES = ['--use-fake-device-for-media-stream=fps=15', '--use-fake-ui-for-media-stream'];
/** Headless Chromium refuses what it would have to ask for: a person who says no. */
const REFUSED_DEVICES = ['--use-fake-device-for-media-stream'];

/**
 * What `--browser-command` runs. The page with the token is kept, because tests look for that token elsewhere.
 *
 * @param {string} dir
 * @param {string[]} flags
 */
function browserScript(dir, flags) {
  return `#!/bin/sh
file="\${1#file://}"
cp -p "$file" "${dir}/redirect.$$.html"
exec '${CHROMIUM}' ${flags.map((flag) => `'${flag}'`).join(' ')} --user-data-dir='${dir}/browser' --app="$1" >> '${dir}/browser.log' 2>&1
`;
}

/**
 * @typedef {object} Options
 * @property {string} profile a word for people: the folder and the logs are named by it
 * @property {boolean} [usual] runs as people start it, without a profile: what is started later finds it
 * @property {string} [link] the one positional argument
 * @property {boolean} [devices] whether the page may use camera and microphone
 * @property {number} [cameras] so many cameras; as many microphones and speakers come with them
 * @property {string} [film] what the camera shows; else Chromium's own fake picture
 * @property {string} [dir] of an instance that has ended: starts with its settings
 * @property {string} [binary]
 * @property {import('./machine.mjs').Machine} [machine] where it runs
 * @property {Record<string, string>} [env] beside what every instance has
 */

/**
 * The environment of an app whose home is this folder.
 *
 * @param {string} dir
 */
export function homeIn(dir) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    HOME: path.join(dir, 'home'),
    LANG: 'C.UTF-8',
    LANGUAGE: 'en',
    GDK_BACKEND: 'x11',
    GTK_USE_PORTAL: '0',
    NO_AT_BRIDGE: '1',
    RUST_BACKTRACE: '1',
  };
  for (const name of ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME']) delete env[name];
  return env;
}

/** One running Parlour: the app, its window, and the browser it starts. */
export class Parlour {
  /** @type {CallPage | undefined} */
  #page;

  /**
   * @param {string} profile
   * @param {string} dir
   * @param {string} binary
   * @param {AppWindow} window
   * @param {import('./machine.mjs').Machine} machine
   */
  constructor(profile, dir, binary, window, machine) {
    this.profile = profile;
    this.dir = dir;
    this.binary = binary;
    this.window = window;
    this.machine = machine;
  }

  /** @param {Options} options */
  static async start(options) {
    const { profile, usual = false, link, devices = true, cameras, film, dir, env = {} } = options;
    const { binary = BINARY, machine = HERE } = options;
    const own = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${profile}-`));
    const script = path.join(own, 'chromium');
    fs.mkdirSync(path.join(own, 'home'), { recursive: true });
    const flags = [...FLAGS, ...(devices ? FAKE_DEVICES : REFUSED_DEVICES)];
    if (cameras) flags.push(`--use-fake-device-for-media-stream=fps=15,device-count=${cameras}`);
    if (film) flags.push(`--use-file-for-fake-video-capture=${film}`);
    fs.writeFileSync(script, browserScript(own, flags), { mode: 0o700 });
    const args = usual ? [] : ['--profile', path.join(own, 'profile')];
    args.push('--engine', 'browser', '--browser-command', `${script} {url}`, ...(link ? [link] : []));
    const log = path.join(own, 'app.log');
    try {
      const window = await AppWindow.open({ binary, args, env: { ...homeIn(own), ...env }, log, machine });
      return new Parlour(profile, own, binary, window, machine);
    } catch (error) {
      const said = fs.readFileSync(log, 'utf8').slice(-4_000);
      await endProcessesOf(own);
      fs.rmSync(own, { recursive: true, force: true });
      throw new Error(`${profile} did not start: ${error}\n${said}`, { cause: error });
    }
  }

  /**
   * Starts the app once more with a link, as the system does when a person clicks on one. It ends by itself.
   *
   * @param {string} link
   */
  async click(link) {
    const second = spawn(this.binary, [link], { env: homeIn(this.dir), stdio: 'ignore' });
    try {
      await until('the second instance ends', () => second.exitCode === 0);
    } finally {
      second.kill('SIGKILL');
    }
  }

  /** The call page, once the app has opened it; found anew when the browser was closed and opened again. */
  async page() {
    if (this.#page?.page.isClosed() || this.#page?.browser.isConnected() === false) this.#page = undefined;
    this.#page ??= await CallPage.connect(
      path.join(this.dir, 'browser'),
      (line) => fs.appendFileSync(path.join(this.dir, 'page.log'), `${line}\n`),
      this.machine,
    );
    return this.#page;
  }

  /** The invite, as the companion shows it. */
  async invite() {
    return until('the companion shows the invite', async () => {
      const text = await this.window.value('Invite');
      return text.startsWith('parlour://') && text;
    });
  }

  /** The files that held a token of the loopback door, oldest first. */
  redirects() {
    return fs
      .readdirSync(this.dir)
      .filter((name) => name.startsWith('redirect.'))
      .map((name) => path.join(this.dir, name))
      .sort((a, b) => fs.statSync(a).ctimeMs - fs.statSync(b).ctimeMs);
  }

  /** The processes of this instance: those whose arguments name its folder. */
  processes() {
    return processesOf(this.dir);
  }

  /** The process of the app itself. */
  pid() {
    const app = this.processes().find(({ args }) => args[0] === this.binary);
    if (!app) throw new Error(`${this.profile} does not run`);
    return app.pid;
  }

  /** The processes of the browser that it has started. */
  browserPids() {
    const data = `--user-data-dir=${path.join(this.dir, 'browser')}`;
    const roots = this.processes().filter(({ args }) => args.some((arg) => arg.includes(data)));
    return [...new Set(roots.flatMap(({ pid }) => descendants(pid)))];
  }

  /** Closes the window as its close button does, and waits until the app and its browser have ended. */
  async close() {
    await closeWindowOf(this.pid());
    await until('the app and its browser end', () => this.processes().length === 0, 5_000);
  }

  /** Logs and screenshots, for a test that failed: name and path of each. */
  async evidence() {
    const window = path.join(this.dir, 'window.png');
    const page = path.join(this.dir, 'page.png');
    await this.window.screenshot(window).catch(() => {});
    await this.#page?.page.screenshot({ path: page, timeout: 5_000 }).catch(() => {});
    return ['app.log', 'page.log', 'browser.log', 'window.png', 'page.png']
      .map((name) => ({ name: `${this.profile}-${name}`, path: path.join(this.dir, name) }))
      .filter((one) => fs.existsSync(one.path));
  }

  /** Ends the app and everything it started, whatever state it is in. The folder stays. */
  async end() {
    await this.#page?.disconnect().catch(() => {});
    this.#page = undefined;
    await this.window.end();
    await endProcessesOf(this.dir);
  }

  /** Ends everything and removes the folder. */
  async remove() {
    await this.end();
    fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {string} dir */
async function endProcessesOf(dir) {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (const { pid } of processesOf(dir)) kill(pid, signal);
    const gone = await until('its processes end', () => processesOf(dir).length === 0, 3_000).catch(
      () => false,
    );
    if (gone) return;
  }
}
