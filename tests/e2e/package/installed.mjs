import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CHROMIUM } from '../harness/chromium.mjs';
import { CallPage } from '../harness/call-page.mjs';
import { appEnvironment } from '../harness/app-instance.mjs';
import { kill, allProcesses } from '../harness/processes.mjs';
import { waitForPageClosed } from '../harness/steps.mjs';
import { sleep, waitFor } from '../harness/wait.mjs';
import { closeWindowOf, focusWindowOf, holdKeys } from '../harness/x11.mjs';

/** Where the package installs the app. */
const BINARY = '/usr/bin/parlour';
/** The app's profile, relative to the home folder. */
const PROFILE_FOLDER = '.config/chat.parlour.app';

/** The commands by which other programs open links. */
export const OPENERS = { gio: ['gio', 'open'], xdg: ['xdg-open'] };

/**
 * The script that the app finds in `PATH` as Chromium. It is headless, and counts how often it is started.
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

/** The installed app, with a new home folder, started by opening links. */
export class InstalledApp {
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
    this.env = appEnvironment(this.dir);
    this.home = String(this.env.HOME);
    fs.mkdirSync(path.join(this.dir, 'run'), { mode: 0o700 });
    fs.mkdirSync(this.home);
    fs.writeFileSync(path.join(this.dir, 'bin/chromium'), browserScript(this.dir), { mode: 0o700 });
    this.env.PATH = `${this.dir}/bin:${this.env.PATH}`;
    this.env.XDG_RUNTIME_DIR = `${this.dir}/run`;
    // Otherwise xdg-open would use the desktop that the tests are started from.
    const desktop = [
      'XDG_CURRENT_DESKTOP',
      'DESKTOP_SESSION',
      'KDE_FULL_SESSION',
      'GNOME_DESKTOP_SESSION_ID',
    ];
    for (const one of [...desktop, 'BROWSER', 'XDG_DATA_DIRS', 'XDG_CONFIG_DIRS']) delete this.env[one];
  }

  /**
   * Opens a link as a click on it in another program does.
   *
   * @param {string[]} opener
   * @param {string} link
   */
  openLink([command = '', ...args], link) {
    const log = fs.openSync(path.join(this.dir, 'app.log'), 'a');
    // Without a desktop, xdg-open exits only when the program that it has started does.
    this.#openers.push(spawn(command, [...args, link], { env: this.env, stdio: ['ignore', log, log] }));
    fs.closeSync(log);
  }

  /** Waits for the card of the first link, and joins. No driver reaches the window, so keys do. */
  async acceptLink() {
    const log = () => fs.readFileSync(path.join(this.dir, 'app.log'), 'utf8');
    await waitFor('the link has arrived', () => log().includes('a link was clicked'));
    // *Join* waits for half a second.
    await sleep(1_500);
    await focusWindowOf(await this.singlePid());
    // The name, *Not now*, *Join*.
    for (const key of /** @type {const} */ (['Tab', 'Tab', 'Tab', 'Enter'])) {
      await holdKeys([key]);
      await sleep(100);
    }
  }

  /** The pids of the installed app. */
  pids() {
    return allProcesses()
      .map(({ pid }) => pid)
      .filter(isInstalled);
  }

  /** Waits until exactly one process runs: later ones have handed their link over and exited. Returns its pid. */
  async singlePid() {
    await waitFor('one instance runs', () => this.pids().length === 1);
    return Number(this.pids()[0]);
  }

  /** How often the app has started a browser. */
  browserStarts() {
    return fs.readFileSync(path.join(this.dir, 'browsers'), 'utf8').trim().split('\n').length;
  }

  /** Waits for the call page. After the browser has exited, this is the page of the next one. */
  async callPage() {
    if (this.#page?.page.isClosed() || this.#page?.browser.isConnected() === false) this.#page = undefined;
    this.#page ??= await CallPage.connect(path.join(this.home, PROFILE_FOLDER, 'browser/chromium'), (line) =>
      fs.appendFileSync(path.join(this.dir, 'page.log'), `${line}\n`),
    );
    return this.#page;
  }

  /** Closes the window, waits until app and openers have exited, and returns the exit codes of the openers. */
  async close() {
    // In a call the app would ask.
    const page = await this.callPage();
    await page.leave();
    await waitForPageClosed(page);
    await closeWindowOf(await this.singlePid());
    await waitFor('the app exits', () => this.pids().length === 0, 5_000);
    const haveExited = () => this.#openers.every(({ exitCode }) => exitCode !== null);
    await waitFor('the openers exit', haveExited, 5_000);
    return this.#openers.map(({ exitCode }) => exitCode);
  }

  /** Ends the app, whatever state it is in. */
  async stop() {
    await this.#page?.disconnect().catch(() => {});
    for (const pid of this.pids()) kill(pid, 'SIGTERM');
    const hasExited = () => this.pids().length === 0;
    if (!(await waitFor('the app exits', hasExited, 5_000).catch(() => false))) {
      for (const pid of this.pids()) kill(pid, 'SIGKILL');
    }
    for (const opener of this.#openers) opener.kill();
  }

  /** Logs, for a test that failed. */
  failureArtifacts() {
    return ['app.log', 'page.log', 'browser.log']
      .map((name) => path.join(this.dir, name))
      .filter((file) => fs.existsSync(file));
  }
}
