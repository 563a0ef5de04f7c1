import type { Backend } from './backend';
import { Commands } from './commands';
import { LoopbackTransport } from './transport-loopback';
import { TauriTransport } from './transport-tauri';

/** The backend of this page: the app's window, or the loopback door. */
export function openBackend(): Backend {
  const isWindow = '__TAURI_INTERNALS__' in window;
  return new Commands(isWindow ? new TauriTransport() : new LoopbackTransport());
}
