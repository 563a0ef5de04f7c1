import { EventListeners } from '../event-listeners';
import type { AppEvents, DisconnectReason, Transport, Unsubscribe } from '../generated';
import { asAppError } from './app-error';
import { Handshake, type Secret } from './handshake';
import { PageSecret } from './page-secret';

/** The close code of the loopback server when it has another page already. */
const SECOND_PAGE = 4409;
/** The close code of the loopback server for a page that does not know its secret. */
const UNPROVED = 4401;
/** How long the other side may take to prove that it is the app. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A connection may be lost while the app goes on: the pauses between attempts to connect again. */
const RECONNECT_PAUSES_MS = [300, 1_000, 2_000, 4_000];

interface Pending {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** The part of `PageSecret` that the transport needs. */
type SecretStore = Pick<PageSecret, 'current' | 'beginSession' | 'forget'>;

/**
 * The call page in a browser: calls and events over a WebSocket to the app on this computer. Nothing is sent or taken
 * before both sides have proved that they know the same secret.
 */
export class LoopbackTransport implements Transport {
  readonly surface = 'call';
  #url: string;
  #secret: SecretStore;
  #socket: WebSocket | null = null;
  /** Whether the socket leads to the app. */
  #isProved = false;
  #pending = new Map<number, Pending>();
  #unsent: string[] = [];
  #lastId = 0;
  #listeners = new EventListeners<AppEvents & { disconnected: DisconnectReason }>();
  #attachArgs: Record<string, unknown> | null = null;
  #failures = 0;
  #disconnected: DisconnectReason | null = null;

  constructor(url = `ws://${location.host}/ipc`, secret: SecretStore = new PageSecret()) {
    this.#url = url;
    this.#secret = secret;
    this.#connect();
  }

  call<T>(command: string, args: Record<string, unknown>): Promise<T> {
    if (this.#disconnected) return Promise.reject(asAppError('the app is gone'));
    if (command === 'attach') this.#attachArgs = args;
    const id = (this.#lastId += 1);
    const frame = JSON.stringify({ id, cmd: command, args });
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#isProved) this.#socket?.send(frame);
      else this.#unsent.push(frame);
    });
  }

  on<E extends keyof AppEvents>(event: E, listener: (payload: AppEvents[E]) => void): Unsubscribe {
    return this.#listeners.add(event, listener);
  }

  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe {
    const reason = this.#disconnected;
    if (reason) queueMicrotask(() => listener(reason));
    return this.#listeners.add('disconnected', listener);
  }

  #connect(isReconnect = false): void {
    const secret = this.#secret.current;
    if (!secret) {
      this.#disconnect('closed');
      return;
    }
    const handshake = new Handshake(secret);
    const socket = (this.#socket = new WebSocket(this.#url));
    const timer = setTimeout(() => this.#lose(socket), HANDSHAKE_TIMEOUT_MS);
    socket.onopen = () => socket.send(handshake.opening);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      const verified = handshake.verify(data);
      if (verified) this.#prove(socket, verified, isReconnect);
      else this.#lose(socket);
    };
    socket.onclose = ({ code }) => {
      clearTimeout(timer);
      this.#onClose(code);
    };
  }

  /** The other side is the app. What follows this page's proof is for the app alone. */
  #prove(
    socket: WebSocket,
    { proof, session }: { proof: string; session: Secret },
    isReconnect: boolean,
  ): void {
    // Kept before the app takes the proof: from then on the launch token is used up.
    this.#secret.beginSession(session);
    this.#isProved = true;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#failures = 0;
      this.#receive(data);
    };
    socket.send(proof);
    for (const frame of this.#unsent.splice(0)) socket.send(frame);
    if (isReconnect) this.#attachAgain();
  }

  /** Somebody else listens where the app was. */
  #lose(socket: WebSocket): void {
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.#onClose(UNPROVED);
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
    const wasProved = this.#isProved;
    this.#isProved = false;
    const pause = RECONNECT_PAUSES_MS[this.#failures];
    // Only the app's word counts.
    if (code === SECOND_PAGE && wasProved) {
      this.#disconnect('second_page');
    } else if (code === UNPROVED || pause === undefined) {
      this.#secret.forget();
      this.#disconnect('closed');
    } else {
      this.#failures += 1;
      this.#rejectPending();
      setTimeout(() => this.#connect(true), pause);
    }
  }

  #disconnect(reason: DisconnectReason): void {
    this.#disconnected = reason;
    this.#rejectPending();
    this.#listeners.emit('disconnected', reason);
  }

  #rejectPending(): void {
    this.#unsent = [];
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(asAppError('the connection to the app was lost'));
  }

  /** The app counts a new connection as a new page. */
  #attachAgain(): void {
    if (!this.#attachArgs) return;
    this.call<AppEvents['view']>('attach', this.#attachArgs).then(
      (view) => this.#listeners.emit('view', view),
      () => undefined,
    );
  }
}
