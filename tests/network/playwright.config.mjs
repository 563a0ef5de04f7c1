import usual from '../e2e/playwright.config.mjs';

/** Calls between network namespaces: `cargo xtask test --network`. */
export default {
  ...usual,
  testDir: '.',
  globalSetup: './global-setup.mjs',
  outputDir: '../../target/network/results',
};
