import type { Backend } from '../backend/generated';
import { App } from './app.svelte';
import { useGuestWords } from '../i18n/i18n.svelte';
import { exposeDiagnostics } from './diagnostics';

/** The entry of a page calls it once, before the first view. */
export async function openApp(openBackend: () => Backend | Promise<Backend>): Promise<App> {
  const app = (await fakeApp()) ?? new App(await openBackend());
  exposeDiagnostics(app);
  await app.start();
  return app;
}

/** In development, and in builds for screenshots, `?fake=<scenario>` runs without a backend. */
async function fakeApp(): Promise<App | null> {
  if (!import.meta.env.DEV && import.meta.env.VITE_FAKE !== '1') return null;
  const name = new URLSearchParams(location.search).get('fake');
  if (name === null) return null;
  const { play } = await import('../backend/fake');
  const { backend, world } = play(name);
  if (backend.features.browserTab) useGuestWords();
  return new App(backend, world, true);
}
