import fs from 'node:fs';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** The browser that runs the calls. */
export const CHROMIUM =
  process.env.PARLOUR_CHROMIUM ?? CANDIDATES.find((file) => fs.existsSync(file)) ?? 'chromium';
