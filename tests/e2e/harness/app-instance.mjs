import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CHROMIUM } from './chromium.mjs';
import { folderWithFirefoxOnly } from './firefox.mjs';
import { FirefoxPage } from './firefox-page.mjs';
import { LOCAL_MACHINE } from './machine.mjs';
import { CallPage } from './call-page.mjs';
import { processTree, kill, processesNaming, processesUsing } from './processes.mjs';
import { waitFor } from './wait.mjs';
import { AppWindow } from './app-window.mjs';
import { closeWindowOf } from './x11.mjs';

const e2eFolder = path.dirname(import.meta.dirname);
export const APP_BINARY = process.env.PARLOUR_APP ?? path.join(e2eFolder, '../../target/debug/parlour');

/** Beside Parlour's own flags. No flag answers a permission question: the profile that Parlour writes does. */
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--lang=en',
  '--window-size=960,720',
  '--remote-debugging-port=0',
  `--load-extension=${path.join(e2eFolder, 'probe')}`,
  '--use-fake-device-for-media-stream=fps=15',
  // Nobody is there to choose a screen.
  '--auto-select-desktop-capture-source=Entire screen',
];

/**
 * A `chromium` that opens nothing: it keeps the page that Parlour hands to it, for a browser of the caller's.
 *
 * @param {string} dir
 */
function keepPageScript(dir) {
  return `#!/bin/sh
for argument; do
  case "$argument" in
    --app=file://*)
      cp -p "\${argument#--app=file://}" "${dir}/page.$$.html"
      mv "${dir}/page.$$.html" "${dir}/redirect.$$.html" ;;
  esac
done
exec sleep infinity
`;
}

/**
 * The `chromium` that Parlour finds and starts. It keeps a copy of the page with the token, because tests search for
 * that token in other places, and a link to the browser's profile.
 *
 * @param {string} dir
 * @param {string[]} flags
 * @param {boolean} allowDevices
 */
function browserScript(dir, flags, allowDevices) {
  return `#!/bin/sh
for argument; do
  shift
  case "$argument" in
    # The probe is an extension.
    --disable-extensions) continue ;;
    --app=file://*) cp -p "\${argument#--app=file://}" "${dir}/redirect.$$.html" ;;
    --user-data-dir=*) profile="\${argument#--user-data-dir=}" ;;
  esac
  set -- "$@" "$argument"
done
ln -sfn "$profile" '${dir}/browser'
${allowDevices ? '' : `sed -i 's/"setting":1/"setting":2/g' "$profile/Default/Preferences"`}
exec '${CHROMIUM}' ${flags.map((flag) => `'${flag}'`).join(' ')} "$@" >> '${dir}/browser.log' 2>&1
`;
}

/**
 * @typedef {object} Options
 * @property {string} profile names the folder and the logs
 * @property {boolean} [defaultProfile] starts without `--profile`, as people do, so that instances started later find it
 * @property {string} [link] the positional argument
 * @property {boolean} [answersCard] whether the link's card is answered with *Join*; by default it is
 * @property {'chromium' | 'firefox' | 'none'} [browser] the one that runs the call; with none, the caller opens the last
 *   of `redirectFiles` in its own
 * @property {string} [firstBrowser] a shell script in the place of Chromium; then Google Chrome is the browser that works
 * @property {boolean} [isHeadless] a browser without a screen does not end with its last window
 * @property {boolean} [allowDevices] whether the page may use camera and microphone
 * @property {number} [cameraCount] the number of cameras, and also of microphones and speakers
 * @property {string} [cameraVideo] a file with what the camera shows; by default Chromium's own fake picture
 * @property {'lan' | 'open' | 'anywhere'} [reach] how far the app goes; further than the LAN only in namespaces of the test
 * @property {string} [forwardedAddress] where the router of the test passes the app's port on
 * @property {string} [dir] the folder of an instance that has stopped: starts with its settings
 * @property {string} [binary]
 * @property {import('./machine.mjs').Machine} [machine] where it runs
 * @property {Record<string, string>} [env] additional variables
 */

/**
 * The environment of an app whose home is inside this folder.
 *
 * @param {string} dir
 */
export function appEnvironment(dir) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    HOME: path.join(dir, 'home'),
    LANG: 'C.UTF-8',
    LANGUAGE: 'en',
    GDK_BACKEND: 'x11',
    GTK_USE_PORTAL: '0',
    LIBGL_ALWAYS_SOFTWARE: '1',
    NO_AT_BRIDGE: '1',
    RUST_BACKTRACE: '1',
  };
  const unset = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'WAYLAND_DISPLAY', 'XAUTHORITY'];
  for (const name of unset) delete env[name];
  return env;
}

/** One running Parlour: the app, its window, and the browser that it starts. */
export class AppInstance {
  /** @type {CallPage | undefined} */
  #page;
  /** @type {FirefoxPage | undefined} */
  #firefoxPage;

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
    const {
      profile,
      defaultProfile = false,
      link,
      browser = 'chromium',
      firstBrowser,
      answersCard = true,
      isHeadless = true,
      allowDevices = true,
      cameraCount,
      cameraVideo,
      dir,
      reach = 'lan',
      forwardedAddress,
      env = {},
    } = options;
    const { machine = LOCAL_MACHINE } = options;
    let { binary = APP_BINARY } = options;
    const folder = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${profile}-`));
    const programs = path.join(folder, 'bin');
    for (const name of ['home', 'bin']) fs.mkdirSync(path.join(folder, name), { recursive: true });
    const flags = [...CHROMIUM_FLAGS];
    if (isHeadless) flags.push('--headless=new');
    if (cameraCount) flags.push(`--use-fake-device-for-media-stream=fps=15,device-count=${cameraCount}`);
    if (cameraVideo) flags.push(`--use-file-for-fake-video-capture=${cameraVideo}`);
    const script = browser === 'none' ? keepPageScript(folder) : browserScript(folder, flags, allowDevices);
    fs.writeFileSync(path.join(programs, firstBrowser ? 'google-chrome' : 'chromium'), script, {
      mode: 0o700,
    });
    if (firstBrowser) fs.writeFileSync(path.join(programs, 'chromium'), firstBrowser, { mode: 0o700 });
    if (defaultProfile) {
      // Its processes are found by the folder in their arguments, and no other argument names it.
      const named = path.join(folder, 'parlour');
      fs.symlinkSync(binary, named);
      binary = named;
    }
    const args = defaultProfile ? [] : ['--profile', path.join(folder, 'profile')];
    args.push('--engine', 'browser', '--reach', reach);
    if (forwardedAddress) args.push('--forwarded-address', forwardedAddress);
    if (link) args.push(link);
    const log = path.join(folder, 'app.log');
    try {
      const environment = { ...appEnvironment(folder), ...env };
      environment.PATH =
        browser === 'firefox' ? folderWithFirefoxOnly(folder) : `${programs}:${environment.PATH}`;
      const window = await AppWindow.open({ binary, args, env: environment, log, machine });
      const instance = new AppInstance(profile, folder, binary, window, machine);
      if (link && answersCard) await instance.acceptLink();
      return instance;
    } catch (error) {
      const lastLines = fs.readFileSync(log, 'utf8').slice(-4_000);
      await killProcessesIn(folder);
      fs.rmSync(folder, { recursive: true, force: true });
      throw new Error(`${profile} did not start: ${error}\n${lastLines}`, { cause: error });
    }
  }

  /**
   * Starts a second process of the app with a link, as the system does when a person clicks on one, and waits until it
   * has handed the link over and ended.
   *
   * @param {string} link
   */
  async openLink(link) {
    const second = spawn(this.binary, [link], { env: appEnvironment(this.dir), stdio: 'ignore' });
    try {
      await waitFor('the second instance ends', () => second.exitCode === 0);
    } finally {
      second.kill('SIGKILL');
    }
  }

  /**
   * Starts the app once more with the same profile, and waits until that process has handed over and ended.
   *
   * @param {string[]} args
   * @param {Record<string, string>} [env] additional variables
   */
  async startAgain(args, env = {}) {
    const second = spawn(this.binary, ['--profile', path.join(this.dir, 'profile'), ...args], {
      env: { ...appEnvironment(this.dir), ...env },
      stdio: 'ignore',
    });
    try {
      await waitFor('the second start ends', () => second.exitCode === 0);
    } finally {
      second.kill('SIGKILL');
    }
  }

  /** Waits for the card of a link from outside, and joins. */
  async acceptLink() {
    await this.window.find('heading', 'Join a room?');
    await this.window.click('button', 'Join');
  }

  /** Waits for the call page. After the browser was closed and opened again, this is the new page. */
  async callPage() {
    if (this.#page?.page.isClosed() || this.#page?.browser.isConnected() === false) this.#page = undefined;
    this.#page ??= await CallPage.connect(
      path.join(this.dir, 'browser'),
      (line) => fs.appendFileSync(path.join(this.dir, 'page.log'), `${line}\n`),
      this.machine,
    );
    return this.#page;
  }

  /** Waits for the call page in Firefox. */
  async firefoxPage() {
    this.#firefoxPage ??= await FirefoxPage.connect(path.join(this.dir, 'profile/browser/firefox'));
    return this.#firefoxPage;
  }

  /** The invite that the companion shows. */
  async invite() {
    return waitFor('the companion shows the invite', async () => {
      const text = await this.window.inputValue('Invite');
      return text.startsWith('parlour://') && text;
    });
  }

  /** The files that held a token of the loopback server, oldest first. */
  redirectFiles() {
    return fs
      .readdirSync(this.dir)
      .filter((name) => name.startsWith('redirect.'))
      .map((name) => path.join(this.dir, name))
      .sort((a, b) => fs.statSync(a).ctimeMs - fs.statSync(b).ctimeMs);
  }

  /** The processes of this instance: their arguments name its folder. */
  processes() {
    return processesNaming(this.dir);
  }

  /** The pid of the app itself. */
  pid() {
    const app = this.processes().find(({ args }) => args[0] === this.binary);
    if (!app) throw new Error(`${this.profile} is not running`);
    return app.pid;
  }

  /** The pids of the browser that the app has started. */
  browserPids() {
    const dataFlag = `--user-data-dir=${this.dir}/`;
    const roots = this.processes().filter(({ args }) => args.some((arg) => arg.includes(dataFlag)));
    return [...new Set(roots.flatMap(({ pid }) => processTree(pid)))];
  }

  /** Presses the window's close button. */
  async pressClose() {
    await closeWindowOf(this.pid());
  }

  /** Closes the window, also in a call, and waits until the app and its browser have exited. */
  async close() {
    const isInCall = this.browserPids().length > 0;
    await this.pressClose();
    // The desktop of the tests shows no tray, so the app asks.
    if (isInCall) {
      await this.window.find('heading', 'Leave the call?');
      // The app may end before it has answered the driver.
      await this.window.click('button', 'Leave').catch(() => {});
    }
    await waitFor('the app and its browser end', () => this.processes().length === 0, 5_000);
  }

  /** Name and path of logs and screenshots, for a test that failed. */
  async failureArtifacts() {
    const window = path.join(this.dir, 'window.png');
    const page = path.join(this.dir, 'page.png');
    await this.window.screenshot(window).catch(() => {});
    await this.#page?.page.screenshot({ path: page, timeout: 5_000 }).catch(() => {});
    return ['app.log', 'page.log', 'browser.log', 'window.png', 'page.png']
      .map((name) => ({ name: `${this.profile}-${name}`, path: path.join(this.dir, name) }))
      .filter((artifact) => fs.existsSync(artifact.path));
  }

  /** Ends the app and everything that it started, whatever state it is in. The folder stays. */
  async stop() {
    await this.#page?.disconnect().catch(() => {});
    this.#page = undefined;
    this.#firefoxPage?.disconnect();
    this.#firefoxPage = undefined;
    await this.window.stop();
    await killProcessesIn(this.dir);
  }

  /** Stops the instance and removes its folder. */
  async remove() {
    await this.stop();
    fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {string} dir */
async function killProcessesIn(dir) {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (const { pid } of processesUsing(dir)) kill(pid, signal);
    const hasExited = () => processesUsing(dir).length === 0;
    if (await waitFor('the processes exit', hasExited, 3_000).catch(() => false)) return;
  }
}
