import type { Unsubscribe } from './generated';

/** Listeners by event. */
export class EventListeners<Events extends object> {
  #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  add<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(payload as never);
  }
}
