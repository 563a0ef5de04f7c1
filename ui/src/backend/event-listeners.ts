import type { DisconnectReason, NetworkChangeEvent, Stop } from './backend';
import type { CallCommandEvent, AppError, AppView, SignalEvent, Surface } from './bindings';

/** The events of the app, and what they carry. */
export interface AppEvents {
  view: AppView;
  signal: SignalEvent;
  network_change: NetworkChangeEvent;
  call_command: CallCommandEvent;
  focus: null;
  close: null;
}

/** How calls and events travel between this page and the app. */
export interface Transport {
  readonly surface: Surface;
  /** Rejects with an `AppError`. */
  call(command: string, args: Record<string, unknown>): Promise<unknown>;
  on<E extends keyof AppEvents>(event: E, hear: (payload: AppEvents[E]) => void): Stop;
  onDisconnected(hear: (why: DisconnectReason) => void): Stop;
}

/** Whatever a call was rejected with, as an `AppError`. */
export function asAppError(error: unknown): AppError {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return { field: null, ...error } as AppError;
  }
  return { code: 'internal', message: String(error), field: null };
}

/** Those who listen to something. */
export class Ears<Heard extends object> {
  #ears = new Map<keyof Heard, Set<(heard: never) => void>>();

  add<K extends keyof Heard>(what: K, hear: (heard: Heard[K]) => void): Stop {
    const ears = this.#ears.get(what) ?? new Set();
    this.#ears.set(what, ears);
    ears.add(hear);
    return () => ears.delete(hear);
  }

  tell<K extends keyof Heard>(what: K, heard: Heard[K]): void {
    for (const hear of [...(this.#ears.get(what) ?? [])]) hear(heard as never);
  }
}
