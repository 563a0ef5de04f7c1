import { defineConfig } from '@playwright/test';
import base from '../playwright.config.mjs';

/** For an installed app: `cargo xtask test-package` installs it, and names the folder for its homes in PARLOUR_HOMES. */
export default defineConfig(base, {
  testMatch: 'installed.test.mjs',
  globalSetup: '../harness/global-setup.mjs',
  outputDir: '../test-results/package',
});
