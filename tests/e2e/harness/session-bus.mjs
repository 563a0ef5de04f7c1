// The desktop's side of the session bus: notifications and the tray icon.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from './wait.mjs';

const run = promisify(execFile);
const ITEM_INTERFACE = 'org.kde.StatusNotifierItem';

/**
 * Records the messages on the session bus.
 *
 * @param {string} rule a match rule of D-Bus
 */
export async function monitorBus(rule) {
  const monitor = spawn('dbus-monitor', ['--session', rule], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  monitor.stdout.on('data', (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
  await waitFor(
    'dbus-monitor is ready',
    () => output.includes('NameAcquired') || output.includes('NameLost'),
  );
  return { output: () => output, stop: () => void monitor.kill() };
}

/**
 * @param {string[]} args
 * @returns {Promise<string>}
 */
async function callMethod(...args) {
  const { stdout } = await run('dbus-send', ['--session', '--print-reply', ...args]);
  return stdout;
}

/** An app's tray icon, as a StatusNotifier host sees it. */
export class TrayIcon {
  #name;

  /** @param {string} name */
  constructor(name) {
    this.#name = name;
  }

  /** @param {number} pid */
  static async ofProcess(pid) {
    const name = await waitFor('the tray icon is registered', async () => {
      const names = await callMethod(
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus.ListNames',
      );
      return new RegExp(`"(${ITEM_INTERFACE}-${pid}-\\d+)"`).exec(names)?.[1];
    });
    return new TrayIcon(name);
  }

  async title() {
    const reply = await callMethod(
      `--dest=${this.#name}`,
      '/StatusNotifierItem',
      'org.freedesktop.DBus.Properties.Get',
      `string:${ITEM_INTERFACE}`,
      'string:Title',
    );
    return /string "(.*)"/.exec(reply)?.[1] ?? '';
  }

  /** @returns {Promise<Map<string, number>>} the id of each menu entry by its label, in order */
  async menuEntries() {
    const reply = await callMethod(
      `--dest=${this.#name}`,
      '/MenuBar',
      'com.canonical.dbusmenu.GetLayout',
      'int32:0',
      'int32:-1',
      'array:string:label',
    );
    const entries = reply.matchAll(
      /int32 (\d+)\s+array \[\s+dict entry\(\s+string "label"\s+variant\s+string "([^"]*)"/g,
    );
    return new Map([...entries].map(([, id, label]) => [label ?? '', Number(id)]));
  }

  /** @param {string} label */
  async clickMenuEntry(label) {
    const id = (await this.menuEntries()).get(label);
    if (id === undefined) throw new Error(`the menu has no entry ${label}`);
    await callMethod(
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
