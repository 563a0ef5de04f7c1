import fs from 'node:fs';
import { chromium } from '@playwright/test';

/** @typedef {import('@playwright/test').Browser} Browser */
/** @typedef {import('@playwright/test').Page} Page */

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** The browser that runs the calls. */
export const CHROMIUM =
  process.env.PARLOUR_CHROMIUM ?? CANDIDATES.find((file) => fs.existsSync(file)) ?? 'chromium';

/**
 * Starts that browser without the app.
 *
 * @param {import('@playwright/test').LaunchOptions} [options]
 */
export function launchChromium({ args = [], ...options } = {}) {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', ...args],
    ...options,
  });
}
