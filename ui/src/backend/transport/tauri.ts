import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AppEvents, Transport, Unsubscribe } from '../generated';
import { asAppError } from './app-error';

/** The app's own window. It is never disconnected from the app, as it is part of it. */
export class TauriTransport implements Transport {
  readonly surface = 'window';
  /** Tauri registers listeners asynchronously. No call is made before that, so that no event is missed. */
  #listening: Promise<unknown>[] = [];

  async call<T>(command: string, args: Record<string, unknown>): Promise<T> {
    try {
      await Promise.all(this.#listening);
      return await invoke<T>(command, args);
    } catch (error) {
      throw asAppError(error);
    }
  }

  on<E extends keyof AppEvents>(event: E, listener: (payload: AppEvents[E]) => void): Unsubscribe {
    const listening = listen<AppEvents[E]>(event, ({ payload }) => listener(payload));
    this.#listening.push(listening);
    return () =>
      void listening.then(
        (stop) => stop(),
        () => undefined,
      );
  }

  onDisconnected(): Unsubscribe {
    return () => undefined;
  }
}
