import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Commands } from './commands';
import { aView } from './fake/views';
import { LoopbackTransport } from './transport-loopback';

/** The door's side of a socket. */
class Door {
  static readonly OPEN = 1;
  static made: Door[] = [];
  static get last(): Door {
    const last = Door.made.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }
  readyState = 0;
  heard: { id: number; cmd: string; args: unknown }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    Door.made.push(this);
  }
  send(text: string) {
    this.heard.push(JSON.parse(text));
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: unknown) {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  close(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Door);
  Door.made = [];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const aPage = () => new Commands(new LoopbackTransport('ws://127.0.0.1:7/ipc'));

describe('the loopback transport', () => {
  it('sends what is called before the door is open, and brings the answers back', async () => {
    const page = aPage();
    const attached = page.attach(true);
    const entered = page.enter('Ada');
    Door.last.open();
    expect(Door.last.heard).toEqual([
      { id: 1, cmd: 'attach', args: { surface: 'call', webrtc: true } },
      { id: 2, cmd: 'enter', args: { name: 'Ada' } },
    ]);
    const error = { code: 'not_in_room', message: 'no room', field: null };
    Door.last.say({ id: 2, err: error });
    Door.last.say({ id: 1, ok: aView() });
    await expect(entered).rejects.toEqual(error);
    expect(await attached).toEqual(aView());
  });

  it('passes events on, and leaves garbage alone', () => {
    const page = aPage();
    const heard: unknown[] = [];
    page.onSignal((event) => heard.push(event));
    const stop = page.onFocus(() => heard.push('focus'));
    Door.last.open();
    for (const garbage of ['', '[', 'null', '7', '{"id":99,"ok":1}', '{"event":"unknown","payload":1}']) {
      Door.last.say(garbage);
    }
    const signal = { from: 'a', to: 'b', signal: {} };
    Door.last.say({ event: 'signal', payload: signal });
    Door.last.say({ event: 'focus', payload: null });
    stop();
    Door.last.say({ event: 'focus', payload: null });
    expect(heard).toEqual([signal, 'focus']);
  });

  it('tells of a lost socket whoever waits, tries again, and attaches again', async () => {
    const page = aPage();
    const views: unknown[] = [];
    const lost: unknown[] = [];
    page.onView((view) => views.push(view));
    page.onDisconnected((why) => lost.push(why));
    Door.last.open();
    void page.attach(true);
    Door.last.say({ id: 1, ok: aView() });
    const leaving = page.leave();
    Door.last.close(1006);
    await expect(leaving).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(300);
    expect(Door.made).toHaveLength(2);
    Door.last.open();
    expect(Door.last.heard).toMatchObject([{ cmd: 'attach' }]);
    Door.last.say({ id: 3, ok: aView({ revision: 9 }) });
    await vi.advanceTimersByTimeAsync(0);
    expect(views).toEqual([aView({ revision: 9 })]);
    expect(lost).toEqual([]);
  });

  it('gives up after a few tries', async () => {
    const page = aPage();
    const lost: unknown[] = [];
    page.onDisconnected((why) => lost.push(why));
    for (let n = 0; n < 5; n += 1) {
      Door.last.close(1006);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(Door.made).toHaveLength(5);
    expect(lost).toEqual(['closed']);
    await expect(page.leave()).rejects.toMatchObject({ code: 'internal' });
  });

  it('does not fight the page that was there first', async () => {
    const page = aPage();
    const lost: unknown[] = [];
    page.onDisconnected((why) => lost.push(why));
    Door.last.open();
    Door.last.close(4409);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Door.made).toHaveLength(1);
    expect(lost).toEqual(['second_page']);
  });
});
