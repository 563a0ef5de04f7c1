import { EventListeners } from '../event-listeners';
import type { AppEvents, DisconnectReason, Transport, Unsubscribe } from '../generated';
import { asAppError } from './app-error';

/** The close code of the loopback server when it has another page already. */
const SECOND_PAGE = 4409;
/** The app may restart, and its loopback server with it: the pauses between attempts to connect again. */
const RECONNECT_PAUSES_MS = [300, 1_000, 2_000, 4_000];

interface Pending {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** The call page in a browser: calls and events over a WebSocket to the app on this computer. */
export class LoopbackTransport implements Transport {
  readonly surface = 'call';
  #url: string;
  #socket!: WebSocket;
  #pending = new Map<number, Pending>();
  #unsent: string[] = [];
  #lastId = 0;
  #listeners = new EventListeners<AppEvents & { disconnected: DisconnectReason }>();
  #attachArgs: Record<string, unknown> | null = null;
  #failures = 0;
  #isDisconnected = false;

  constructor(url = `ws://${location.host}/ipc`) {
    this.#url = url;
    this.#connect();
  }

  call<T>(command: string, args: Record<string, unknown>): Promise<T> {
    if (this.#isDisconnected) return Promise.reject(asAppError('the app is gone'));
    if (command === 'attach') this.#attachArgs = args;
    const id = (this.#lastId += 1);
    const frame = JSON.stringify({ id, cmd: command, args });
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
      else this.#unsent.push(frame);
    });
  }

  on<E extends keyof AppEvents>(event: E, listener: (payload: AppEvents[E]) => void): Unsubscribe {
    return this.#listeners.add(event, listener);
  }

  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe {
    return this.#listeners.add('disconnected', listener);
  }

  #connect(isReconnect = false): void {
    const socket = (this.#socket = new WebSocket(this.#url));
    socket.onopen = () => {
      for (const frame of this.#unsent.splice(0)) socket.send(frame);
      if (isReconnect) this.#attachAgain();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#failures = 0;
      this.#receive(data);
    };
    socket.onclose = ({ code }) => this.#onClose(code);
  }

  #receive(data: unknown): void {
    let frame: unknown;
    try {
      frame = JSON.parse(String(data));
    } catch {
      return;
    }
    if (typeof frame !== 'object' || frame === null) return;
    if ('event' in frame && 'payload' in frame) {
      this.#listeners.emit(frame.event as keyof AppEvents, frame.payload as never);
    } else if ('id' in frame) {
      const pending = this.#pending.get(frame.id as number);
      this.#pending.delete(frame.id as number);
      if ('err' in frame) pending?.reject(asAppError(frame.err));
      else pending?.resolve(('ok' in frame ? frame.ok : null) as never);
    }
  }

  #onClose(code: number): void {
    this.#unsent = [];
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(asAppError('the connection to the app was lost'));
    const pause = RECONNECT_PAUSES_MS[this.#failures];
    if (code === SECOND_PAGE || pause === undefined) {
      this.#isDisconnected = true;
      this.#listeners.emit('disconnected', code === SECOND_PAGE ? 'second_page' : 'closed');
    } else {
      this.#failures += 1;
      setTimeout(() => this.#connect(true), pause);
    }
  }

  /** The page was attached to an app that is gone. The new one does not know it yet. */
  #attachAgain(): void {
    if (!this.#attachArgs) return;
    this.call<AppEvents['view']>('attach', this.#attachArgs).then(
      (view) => this.#listeners.emit('view', view),
      () => undefined,
    );
  }
}
