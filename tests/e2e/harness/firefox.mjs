import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const CANDIDATES = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** A snap, which Ubuntu's `firefox` starts, cannot read the folders of a test. */
const isSnap = (/** @type {string} */ file) => fs.readFileSync(file).subarray(0, 4_096).includes('/snap/');

/** A Firefox that can run the calls of a test, if there is one. */
export const FIREFOX = CANDIDATES.find((file) => fs.existsSync(file) && !isSnap(file));

/**
 * Makes a folder that is the whole `PATH` of an app, so that the app finds this Firefox and no other browser, and starts
 * it as it does for people. The wrapper adds what a test needs: no screen, no camera, and the remote protocol.
 *
 * @param {string} dir
 */
export function folderWithFirefoxOnly(dir) {
  const folder = path.join(dir, 'path');
  fs.mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
echo 'user_pref("media.navigator.streams.fake", true);' >> "$3/user.js"
MOZ_HEADLESS=1 exec '${FIREFOX}' --remote-debugging-port=0 "$@" >> '${dir}/browser.log' 2>&1
`;
  fs.writeFileSync(path.join(folder, 'firefox'), script, { mode: 0o755 });
  fs.symlinkSync('/usr/bin/WebKitWebDriver', path.join(folder, 'WebKitWebDriver'));
  return folder;
}

/**
 * Starts this Firefox without the app: no screen, a fake camera, and the remote protocol.
 *
 * @param {string} dir for its profile, which is returned, and its log
 */
export function launchFirefox(dir) {
  const profile = path.join(dir, 'firefox');
  fs.mkdirSync(profile);
  const preferences = ['media.navigator.streams.fake', 'media.navigator.permission.disabled'];
  const lines = preferences.map((name) => `user_pref("${name}", true);\n`);
  fs.writeFileSync(path.join(profile, 'user.js'), lines.join(''));
  const log = fs.openSync(path.join(dir, 'firefox.log'), 'a');
  const args = ['--no-remote', '--profile', profile, '--remote-debugging-port=0', 'about:blank'];
  const browser = spawn(String(FIREFOX), args, {
    env: { ...process.env, HOME: dir, MOZ_HEADLESS: '1', LANG: 'C.UTF-8' },
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  return { profile, stop: () => browser.kill('SIGKILL') };
}
