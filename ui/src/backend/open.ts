import type { Backend } from './backend';

/** The backend of this page: a scripted one for development, the app's window, or the loopback door. */
export async function openBackend(): Promise<Backend> {
  const { fakeBackend } = await import('./fake');
  return fakeBackend(new URLSearchParams(location.search).get('fake') ?? 'home');
}
