import { defineConfig } from '@playwright/test';
import usual from '../playwright.config.mjs';

/** For an app that is installed: `cargo xtask test-package` installs it and names the folder for its homes. */
export default defineConfig(usual, {
  testMatch: 'installed.test.mjs',
  globalSetup: '../harness/global-setup.mjs',
  outputDir: '../test-results/package',
});
