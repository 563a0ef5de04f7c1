import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aView } from '../fake/views';
import { createBackend } from '../generated';
import type { Secret } from './handshake';
import { LoopbackTransport } from './loopback';

const TOKEN = 'a'.repeat(64);

/** The other side of a socket: the app, or somebody who listens in its place. */
class ServerSocket {
  static readonly OPEN = 1;
  static made: ServerSocket[] = [];
  static get last(): ServerSocket {
    const last = ServerSocket.made.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }
  received: { [field: string]: unknown }[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    ServerSocket.made.push(this);
  }
  send(text: string) {
    this.received.push(JSON.parse(text));
  }
  reply(frame: unknown) {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  close() {
    this.isClosed = true;
  }
  /** The other side closes the socket. */
  end(code: number) {
    this.onclose?.({ code });
  }

  /** Does what the app does with a page that knows the secret. Returns the commands that follow the page's proof. */
  accept(secret = TOKEN) {
    this.onopen?.();
    const { nonce } = this.received[0] as { nonce: string };
    const appNonce = '1'.repeat(64);
    const prove = (side: string) =>
      createHmac('sha256', Buffer.from(secret, 'hex'))
        .update(`parlour loopback v1 ${side}`)
        .update(Buffer.from(nonce + appNonce, 'hex'))
        .digest('hex');
    this.reply({ nonce: appNonce, proof: prove('door') });
    expect(this.received[1]).toEqual({ proof: prove('page') });
    return this.commands;
  }
  get commands() {
    return this.received.slice(2);
  }
}

/** The page's secret without a browser. */
class StoredSecret {
  current: Secret | null;
  constructor(text: string | null) {
    this.current = text === null ? null : { kind: 'launch', text };
  }
  beginSession(secret: Secret) {
    this.current = secret;
  }
  forget() {
    this.current = null;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', ServerSocket);
  ServerSocket.made = [];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function openPage(secret = new StoredSecret(TOKEN)) {
  const page = createBackend(new LoopbackTransport('ws://127.0.0.1:7/ipc', secret));
  const views: unknown[] = [];
  const reasons: unknown[] = [];
  page.onView((view) => views.push(view));
  page.onDisconnected((reason) => reasons.push(reason));
  return { page, secret, views, reasons };
}

describe('the loopback transport', () => {
  it('sends calls that were made before the proofs, and resolves with their replies', async () => {
    const { page } = openPage();
    const attached = page.attach(true);
    const entered = page.enter('Ada');
    expect(ServerSocket.last.accept()).toEqual([
      { id: 1, cmd: 'attach', args: { webrtc: true } },
      { id: 2, cmd: 'enter', args: { name: 'Ada' } },
    ]);
    const error = { code: 'not_in_room', message: 'no room', field: null };
    ServerSocket.last.reply({ id: 2, err: error });
    ServerSocket.last.reply({ id: 1, ok: aView() });
    await expect(entered).rejects.toEqual(error);
    expect(await attached).toEqual(aView());
  });

  it('passes events on, and ignores invalid frames', () => {
    const { page } = openPage();
    const events: unknown[] = [];
    page.onSignal((event) => events.push(event));
    const stop = page.onFocus(() => events.push('focus'));
    ServerSocket.last.accept();
    for (const garbage of ['', '[', 'null', '7', '{"id":99,"ok":1}', '{"event":"unknown","payload":1}']) {
      ServerSocket.last.reply(garbage);
    }
    const signal = { from: 'a', to: 'b', signal: {} };
    ServerSocket.last.reply({ event: 'signal', payload: signal });
    ServerSocket.last.reply({ event: 'focus', payload: null });
    stop();
    ServerSocket.last.reply({ event: 'focus', payload: null });
    expect(events).toEqual([signal, 'focus']);
  });

  it('rejects pending calls when the socket closes, connects again and attaches again', async () => {
    const { page, secret, views, reasons } = openPage();
    ServerSocket.last.accept();
    void page.attach(true);
    ServerSocket.last.reply({ id: 1, ok: aView() });
    const leaving = page.leave();
    ServerSocket.last.end(1006);
    await expect(leaving).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(300);
    expect(ServerSocket.made).toHaveLength(2);
    // The token is used up: this time the session's secret counts.
    expect(secret.current?.kind).toBe('session');
    expect(ServerSocket.last.accept(secret.current?.text)).toMatchObject([{ cmd: 'attach' }]);
    ServerSocket.last.reply({ id: 3, ok: aView({ revision: 9 }) });
    await vi.advanceTimersByTimeAsync(0);
    expect(views).toEqual([aView({ revision: 9 })]);
    expect(reasons).toEqual([]);
  });

  it('is disconnected after a few failed attempts', async () => {
    const { page, reasons } = openPage();
    for (let n = 0; n < 5; n += 1) {
      ServerSocket.last.end(1006);
      await vi.advanceTimersByTimeAsync(4_000);
    }
    expect(ServerSocket.made).toHaveLength(5);
    expect(reasons).toEqual(['closed']);
    await expect(page.leave()).rejects.toMatchObject({ code: 'internal' });
  });

  it('does not connect again when another page is connected', async () => {
    const { reasons } = openPage();
    ServerSocket.last.accept();
    ServerSocket.last.end(4409);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ServerSocket.made).toHaveLength(1);
    expect(reasons).toEqual(['second_page']);
  });

  it('connects to nobody without a secret', async () => {
    const { page, reasons } = openPage(new StoredSecret(null));
    await vi.advanceTimersByTimeAsync(0);
    expect(ServerSocket.made).toHaveLength(0);
    expect(reasons).toEqual(['closed']);
    await expect(page.attach(true)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('somebody who listens where the app was', () => {
  /** The app crashes, and the page connects again. */
  async function loseApp() {
    const opened = openPage();
    ServerSocket.last.accept();
    const attaching = opened.page.attach(true);
    ServerSocket.last.reply({ id: 1, ok: aView() });
    await attaching;
    ServerSocket.last.end(1006);
    await vi.advanceTimersByTimeAsync(300);
    ServerSocket.last.onopen?.();
    return opened;
  }

  const answers: [string, unknown][] = [
    ['a view', { event: 'view', payload: aView({ revision: 999 }) }],
    ['a wrong proof', { nonce: '1'.repeat(64), proof: '2'.repeat(64) }],
    ['garbage', '['],
  ];
  it.each(answers)('gets nothing but a random number for %s', async (_, answer) => {
    const { page, secret, views, reasons } = await loseApp();
    const sent = page.leave();
    ServerSocket.last.reply(answer);
    ServerSocket.last.reply({ event: 'view', payload: aView({ revision: 1_000 }) });
    await expect(sent).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ServerSocket.last.received).toEqual([{ secret: 'session', nonce: expect.any(String) }]);
    expect(ServerSocket.last.isClosed).toBe(true);
    expect(ServerSocket.made).toHaveLength(2);
    expect({ views, reasons }).toEqual({ views: [], reasons: ['closed'] });
    expect(secret.current).toBeNull();
  });

  it('is given up when it says nothing', async () => {
    const { reasons } = await loseApp();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ServerSocket.last.isClosed).toBe(true);
    expect(reasons).toEqual(['closed']);
  });

  it('cannot speak of a second page', async () => {
    const { reasons } = await loseApp();
    for (let n = 0; n < 4; n += 1) {
      ServerSocket.last.end(4409);
      await vi.advanceTimersByTimeAsync(4_000);
    }
    expect(ServerSocket.made).toHaveLength(5);
    expect(reasons).toEqual(['closed']);
  });

  it('is the end for a page that a new run of the app does not know', async () => {
    const { reasons } = await loseApp();
    ServerSocket.last.end(4401);
    expect(reasons).toEqual(['closed']);
  });
});
