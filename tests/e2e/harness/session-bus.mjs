// What the desktop hears of an app over the session bus, and says to it.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from './wait.mjs';

const run = promisify(execFile);
const ITEM = 'org.kde.StatusNotifierItem';

/**
 * Writes down what passes on the bus.
 *
 * @param {string} rule which messages
 */
export async function overhear(rule) {
  const monitor = spawn('dbus-monitor', ['--session', rule], { stdio: ['ignore', 'pipe', 'ignore'] });
  let heard = '';
  monitor.stdout.on('data', (/** @type {Buffer} */ chunk) => (heard += chunk.toString()));
  await until('the bus is overheard', () => heard.includes('NameAcquired') || heard.includes('NameLost'));
  return { heard: () => heard, stop: () => void monitor.kill() };
}

/**
 * @param {string[]} args
 * @returns {Promise<string>}
 */
async function send(...args) {
  const { stdout } = await run('dbus-send', ['--session', '--print-reply', ...args]);
  return stdout;
}

/** An app's tray icon, as something that shows trays sees it. */
export class TrayIcon {
  #name;

  /** @param {string} name */
  constructor(name) {
    this.#name = name;
  }

  /** @param {number} pid */
  static async of(pid) {
    const name = await until('the tray icon is there', async () => {
      const names = await send(
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus.ListNames',
      );
      return new RegExp(`"(${ITEM}-${pid}-\\d+)"`).exec(names)?.[1];
    });
    return new TrayIcon(name);
  }

  async title() {
    const said = await send(
      `--dest=${this.#name}`,
      '/StatusNotifierItem',
      'org.freedesktop.DBus.Properties.Get',
      `string:${ITEM}`,
      'string:Title',
    );
    return /string "(.*)"/.exec(said)?.[1] ?? '';
  }

  /** @returns {Promise<Map<string, number>>} the entries of the menu, in order */
  async menu() {
    const said = await send(
      `--dest=${this.#name}`,
      '/MenuBar',
      'com.canonical.dbusmenu.GetLayout',
      'int32:0',
      'int32:-1',
      'array:string:label',
    );
    const entries = said.matchAll(
      /int32 (\d+)\s+array \[\s+dict entry\(\s+string "label"\s+variant\s+string "([^"]*)"/g,
    );
    return new Map([...entries].map(([, id, label]) => [label ?? '', Number(id)]));
  }

  /** @param {string} label */
  async choose(label) {
    const id = (await this.menu()).get(label);
    if (id === undefined) throw new Error(`no entry ${label}`);
    await send(
      `--dest=${this.#name}`,
      '/MenuBar',
      'com.canonical.dbusmenu.Event',
      `int32:${id}`,
      'string:clicked',
      'variant:string:',
      'uint32:0',
    );
  }
}
