import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aView } from '../fake/views';
import { createBackend } from '../generated';
import { LoopbackTransport } from './loopback';

/** The loopback server's side of a socket. */
class ServerSocket {
  static readonly OPEN = 1;
  static made: ServerSocket[] = [];
  static get last(): ServerSocket {
    const last = ServerSocket.made.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }
  readyState = 0;
  received: { id: number; cmd: string; args: unknown }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    ServerSocket.made.push(this);
  }
  send(text: string) {
    this.received.push(JSON.parse(text));
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  reply(frame: unknown) {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  close(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
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

const aPage = () => createBackend(new LoopbackTransport('ws://127.0.0.1:7/ipc'));

describe('the loopback transport', () => {
  it('sends calls that were made before the socket opened, and resolves with their replies', async () => {
    const page = aPage();
    const attached = page.attach('call', true);
    const entered = page.enter('Ada');
    ServerSocket.last.open();
    expect(ServerSocket.last.received).toEqual([
      { id: 1, cmd: 'attach', args: { surface: 'call', webrtc: true } },
      { id: 2, cmd: 'enter', args: { name: 'Ada' } },
    ]);
    const error = { code: 'not_in_room', message: 'no room', field: null };
    ServerSocket.last.reply({ id: 2, err: error });
    ServerSocket.last.reply({ id: 1, ok: aView() });
    await expect(entered).rejects.toEqual(error);
    expect(await attached).toEqual(aView());
  });

  it('passes events on, and ignores invalid frames', () => {
    const page = aPage();
    const events: unknown[] = [];
    page.onSignal((event) => events.push(event));
    const stop = page.onFocus(() => events.push('focus'));
    ServerSocket.last.open();
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
    const page = aPage();
    const views: unknown[] = [];
    const reasons: unknown[] = [];
    page.onView((view) => views.push(view));
    page.onDisconnected((reason) => reasons.push(reason));
    ServerSocket.last.open();
    void page.attach('call', true);
    ServerSocket.last.reply({ id: 1, ok: aView() });
    const leaving = page.leave();
    ServerSocket.last.close(1006);
    await expect(leaving).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(300);
    expect(ServerSocket.made).toHaveLength(2);
    ServerSocket.last.open();
    expect(ServerSocket.last.received).toMatchObject([{ cmd: 'attach' }]);
    ServerSocket.last.reply({ id: 3, ok: aView({ revision: 9 }) });
    await vi.advanceTimersByTimeAsync(0);
    expect(views).toEqual([aView({ revision: 9 })]);
    expect(reasons).toEqual([]);
  });

  it('is disconnected after a few failed attempts', async () => {
    const page = aPage();
    const reasons: unknown[] = [];
    page.onDisconnected((reason) => reasons.push(reason));
    for (let n = 0; n < 5; n += 1) {
      ServerSocket.last.close(1006);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(ServerSocket.made).toHaveLength(5);
    expect(reasons).toEqual(['closed']);
    await expect(page.leave()).rejects.toMatchObject({ code: 'internal' });
  });

  it('does not connect again when another page is connected', async () => {
    const page = aPage();
    const reasons: unknown[] = [];
    page.onDisconnected((reason) => reasons.push(reason));
    ServerSocket.last.open();
    ServerSocket.last.close(4409);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ServerSocket.made).toHaveLength(1);
    expect(reasons).toEqual(['second_page']);
  });
});
