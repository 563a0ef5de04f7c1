import { defineConfig } from '@playwright/test';

export default defineConfig({
  testMatch: '*.spec.mjs',
  globalSetup: './harness/global-setup.mjs',
  outputDir: 'test-results',
  reporter: [['list']],
  // Calls share the machine's cores; side by side they would only measure each other.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
});
