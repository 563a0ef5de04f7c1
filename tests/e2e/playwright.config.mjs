import { defineConfig } from '@playwright/test';

export default defineConfig({
  testMatch: '*.spec.mjs',
  globalSetup: './harness/global-setup.mjs',
  outputDir: 'test-results',
  reporter: [['list']],
  // Calls share the machine's cores; parallel calls would slow each other down.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
});
