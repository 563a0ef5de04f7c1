import { defineConfig } from '@playwright/test';

/** Another port lets two checkouts be tested side by side. */
const port = process.env.PARLOUR_UI_PORT ?? '5183';

/** `rtc` drives the WebRTC layer, `look` the views, both in the system's Chromium against Vite's dev server. */
export default defineConfig({
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  outputDir: 'test-results',
  projects: [
    // Beside other calls, one takes longer than its tests allow.
    { name: 'rtc', testDir: 'tests/rtc', workers: 1 },
    { name: 'look', testDir: 'tests/look', fullyParallel: true },
    { name: 'screenshots', testDir: 'tests/look', testMatch: 'screenshots.ts' },
  ],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    permissions: ['camera', 'microphone'],
    launchOptions: {
      executablePath: process.env.PARLOUR_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
      ],
    },
  },
  webServer: {
    command: `npx vite --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: !process.env.CI,
  },
});
