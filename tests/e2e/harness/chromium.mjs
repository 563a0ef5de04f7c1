import fs from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** The browser that plays the person's browser. */
export const CHROMIUM =
  process.env.PARLOUR_CHROMIUM ?? PLACES.find((one) => fs.existsSync(one)) ?? 'chromium';
