import { createBackend, type Backend } from '../generated';
import { LoopbackTransport } from './loopback';
import { TauriTransport } from './tauri';

/** The backend of this page: the app's window, or the call page in a browser. */
export function openBackend(): Backend {
  const isWindow = '__TAURI_INTERNALS__' in window;
  return createBackend(isWindow ? new TauriTransport() : new LoopbackTransport());
}
