import type { DisconnectReason, Stop } from './backend';
import { asAppError, Ears, type AppEvents, type Transport } from './transport';

/** The door has another page already. */
const SECOND_PAGE = 4409;
/** The door may be opened anew (the app was restarted): so often, and after such pauses, it is tried again. */
const PAUSES = [300, 1_000, 2_000, 4_000];

interface Pending {
  resolve(value: unknown): void;
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
  #ears = new Ears<AppEvents & { disconnected: DisconnectReason }>();
  #attach: Record<string, unknown> | null = null;
  #failures = 0;
  #lost = false;

  constructor(url = `ws://${location.host}/ipc`) {
    this.#url = url;
    this.#connect();
  }

  call(command: string, args: Record<string, unknown>): Promise<unknown> {
    if (this.#lost) return Promise.reject(asAppError('the app is gone'));
    if (command === 'attach') this.#attach = args;
    const id = (this.#lastId += 1);
    const frame = JSON.stringify({ id, cmd: command, args });
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
      else this.#unsent.push(frame);
    });
  }

  on<E extends keyof AppEvents>(event: E, hear: (payload: AppEvents[E]) => void): Stop {
    return this.#ears.add(event, hear);
  }

  onDisconnected(hear: (why: DisconnectReason) => void): Stop {
    return this.#ears.add('disconnected', hear);
  }

  #connect(again = false): void {
    const socket = (this.#socket = new WebSocket(this.#url));
    socket.onopen = () => {
      for (const frame of this.#unsent.splice(0)) socket.send(frame);
      if (again) this.#attachAgain();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#failures = 0;
      this.#receive(data);
    };
    socket.onclose = ({ code }) => this.#closed(code);
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
      this.#ears.tell(frame.event as keyof AppEvents, frame.payload as never);
    } else if ('id' in frame) {
      const pending = this.#pending.get(frame.id as number);
      this.#pending.delete(frame.id as number);
      if ('err' in frame) pending?.reject(asAppError(frame.err));
      else pending?.resolve('ok' in frame ? frame.ok : null);
    }
  }

  #closed(code: number): void {
    this.#unsent = [];
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(asAppError('the connection to the app was lost'));
    const pause = PAUSES[this.#failures];
    if (code === SECOND_PAGE || pause === undefined) {
      this.#lost = true;
      this.#ears.tell('disconnected', code === SECOND_PAGE ? 'second_page' : 'closed');
    } else {
      this.#failures += 1;
      setTimeout(() => this.#connect(true), pause);
    }
  }

  /** The page has attached to a door that is gone; the new one does not know it yet. */
  #attachAgain(): void {
    if (!this.#attach) return;
    this.call('attach', this.#attach).then(
      (view) => this.#ears.tell('view', view as AppEvents['view']),
      () => undefined,
    );
  }
}
