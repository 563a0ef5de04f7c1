import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compressed, contentSecurityPolicy, sizeLimit } from './guest/build';

/** What `cargo xtask` makes of the crate `web`, without its ending. */
const core = fileURLToPath(new URL('./src/backend/guest/wasm/parlour_web', import.meta.url));

/** The page for guests, for any folder of any static host. See `docs/development.md`. */
export default defineConfig({
  root: 'guest',
  base: './',
  publicDir: false,
  clearScreen: false,
  resolve: {
    alias: [
      { find: /^parlour-core-module/, replacement: `${core}_bg.wasm` },
      { find: /^parlour-core$/, replacement: `${core}.js` },
    ],
  },
  plugins: [
    svelte({ configFile: '../svelte.config.js' }),
    contentSecurityPolicy(),
    compressed(),
    sizeLimit(450 * 1024),
  ],
  build: {
    target: 'es2022',
    sourcemap: false,
    outDir: '../dist-guest',
    emptyOutDir: true,
    // Inside of the scripts pictures would load at once.
    assetsInlineLimit: 0,
  },
});
