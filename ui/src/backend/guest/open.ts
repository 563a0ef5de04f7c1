import init, * as core from 'parlour-core';
import coreUrl from 'parlour-core-module?url';
import { GuestBackend } from './backend';
import { BrowserNetworkCheck } from './network-check';
import { BrowserPage } from './page';

/** The backend of a guest's page, around the core. */
export async function openGuestBackend(): Promise<GuestBackend> {
  await init({ module_or_path: coreUrl });
  const downloads: string = import.meta.env.VITE_DOWNLOADS ?? '';
  return new GuestBackend(core, new BrowserPage(), new BrowserNetworkCheck(), downloads);
}
