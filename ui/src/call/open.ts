import { openBackend } from '../backend/open';
import { App } from './app.svelte';

/** Finds the backend this page has and attaches to it. `main.ts` calls it once, before the first view. */
export async function openApp(): Promise<App> {
  const backend = await openBackend();
  const app = new App(backend);
  await app.start();
  return app;
}
