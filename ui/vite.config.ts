import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // Loaded when a person looks at graphs: the development server would reload the page then.
  optimizeDeps: { include: ['uplot'] },
  server: { port: 5173, strictPort: true },
  build: { target: 'es2022', sourcemap: false },
  // The set-up of a property test takes long on a loaded machine; a test that hangs is still ended.
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000 },
});
