import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Stop } from './backend';
import { asAppError, type AppEvents, type Transport } from './transport';

/** The app's own window. It cannot lose the app: it is the app. */
export class TauriTransport implements Transport {
  readonly surface = 'window';
  /** Listening takes a moment; no call is made before it holds, so that no event falls in between. */
  #listening: Promise<unknown>[] = [];

  async call(command: string, args: Record<string, unknown>): Promise<unknown> {
    try {
      await Promise.all(this.#listening);
      return await invoke(command, args);
    } catch (error) {
      throw asAppError(error);
    }
  }

  on<E extends keyof AppEvents>(event: E, hear: (payload: AppEvents[E]) => void): Stop {
    const listening = listen<AppEvents[E]>(event, ({ payload }) => hear(payload));
    this.#listening.push(listening);
    return () =>
      void listening.then(
        (stop) => stop(),
        () => undefined,
      );
  }

  onDisconnected(): Stop {
    return () => undefined;
  }
}
