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
