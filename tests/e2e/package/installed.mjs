import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CHROMIUM } from '../harness/chromium.mjs';
import { CallPage } from '../harness/call-page.mjs';
import { homeIn } from '../harness/app-instance.mjs';
import { kill, processes } from '../harness/processes.mjs';
import { until } from '../harness/wait.mjs';
import { closeWindowOf } from '../harness/x11.mjs';

/** Where the package puts the app. */
const BINARY = '/usr/bin/parlour';
/** The app's folder among the person's settings. */
const PROFILE = '.config/chat.parlour.app';

/** What a person clicks a link in ends in one of these. */
export const OPENERS = { gio: ['gio', 'open'], xdg: ['xdg-open'] };

/**
 * The app finds it by `PATH`, as it finds the person's browser; that one would open on a screen.
 *
 * @param {string} dir
 */
const browserScript = (dir) => `#!/bin/sh
echo "$$" >> '${dir}/browsers'
exec '${CHROMIUM}' --headless=new --no-sandbox --disable-gpu --disable-quic --lang=en --remote-debugging-port=0 \\
  --use-fake-device-for-media-stream=fps=15 "$@" >> '${dir}/browser.log' 2>&1
`;

/** @param {number} pid */
function isInstalled(pid) {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`) === BINARY;
  } catch {
    return false;
  }
}

/** The app as its package installed it, with a home that nobody has used, opened by what opens links. */
export class Installed {
  /** @type {import('node:child_process').ChildProcess[]} */
  #openers = [];
  /** @type {CallPage | undefined} */
  #page;

  /** @param {string} name */
  constructor(name) {
    const homes = process.env.PARLOUR_HOMES;
    if (!homes) throw new Error('PARLOUR_HOMES names no folder');
    this.dir = path.join(homes, name);
    fs.mkdirSync(path.join(this.dir, 'bin'), { recursive: true });
    this.env = homeIn(this.dir);
    this.home = String(this.env.HOME);
    fs.mkdirSync(path.join(this.dir, 'run'), { mode: 0o700 });
    fs.mkdirSync(this.home);
    fs.writeFileSync(path.join(this.dir, 'bin/chromium'), browserScript(this.dir), { mode: 0o700 });
    this.env.PATH = `${this.dir}/bin:${this.env.PATH}`;
    this.env.XDG_RUNTIME_DIR = `${this.dir}/run`;
    // xdg-open would ask the desktop that the tests are started from.
    const desktop = [
      'XDG_CURRENT_DESKTOP',
      'DESKTOP_SESSION',
      'KDE_FULL_SESSION',
      'GNOME_DESKTOP_SESSION_ID',
    ];
    for (const one of [...desktop, 'BROWSER', 'XDG_DATA_DIRS', 'XDG_CONFIG_DIRS']) delete this.env[one];
  }

  /**
   * Opens a link as a click on it does.
   *
   * @param {string[]} opener
   * @param {string} link
   */
  open([command = '', ...args], link) {
    const log = fs.openSync(path.join(this.dir, 'app.log'), 'a');
    // Without a desktop xdg-open lasts as long as what it has opened.
    this.#openers.push(spawn(command, [...args, link], { env: this.env, stdio: ['ignore', log, log] }));
    fs.closeSync(log);
  }

  /** The processes of the installed app. */
  running() {
    return processes()
      .map(({ pid }) => pid)
      .filter(isInstalled);
  }

  /** The one instance that is left once whatever was started has handed over. */
  async only() {
    await until('one instance runs', () => this.running().length === 1);
    return Number(this.running()[0]);
  }

  /** How often a browser was started. */
  browsers() {
    return fs.readFileSync(path.join(this.dir, 'browsers'), 'utf8').trim().split('\n').length;
  }

  /** The call page, found anew when the browser before it has ended. */
  async page() {
    if (this.#page?.page.isClosed() || this.#page?.browser.isConnected() === false) this.#page = undefined;
    this.#page ??= await CallPage.connect(path.join(this.home, PROFILE, 'browser'), (line) =>
      fs.appendFileSync(path.join(this.dir, 'page.log'), `${line}\n`),
    );
    return this.#page;
  }

  /** Closes the window, and waits until everything that was started has ended. */
  async close() {
    await closeWindowOf(await this.only());
    await until('the app ends', () => this.running().length === 0, 5_000);
    await until('what opened it ends', () => this.#openers.every(({ exitCode }) => exitCode !== null), 5_000);
    return this.#openers.map(({ exitCode }) => exitCode);
  }

  /** Ends it, whatever state it is in. */
  async end() {
    await this.#page?.disconnect().catch(() => {});
    for (const pid of this.running()) kill(pid, 'SIGTERM');
    const gone = await until('the app ends', () => this.running().length === 0, 5_000).catch(() => false);
    if (!gone) for (const pid of this.running()) kill(pid, 'SIGKILL');
    for (const opener of this.#openers) opener.kill();
  }

  /** What a test that failed leaves to look at. */
  evidence() {
    return ['app.log', 'page.log', 'browser.log']
      .map((name) => path.join(this.dir, name))
      .filter((file) => fs.existsSync(file));
  }
}
