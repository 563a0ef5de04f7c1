import base from '../e2e/playwright.config.mjs';

/** Calls between network namespaces: `cargo xtask test --network`. */
export default {
  ...base,
  testDir: '.',
  globalSetup: './global-setup.mjs',
  outputDir: '../../target/network/results',
};
