import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkEncodings } from '../rtc/quality/share-uplink';
import type { VideoWish } from '../rtc/quality/wish';
import { VideoQuality } from './video-quality';

const LARGE = { width: 1280, height: 720 };
const SMALL = { width: 320, height: 180 };
/** Longer than a view has to stay small. */
const LONG_MS = 12_000;
const TICK_MS = 150;

class FakePeer {
  readonly wishes: VideoWish[] = [];
  encodings: LinkEncodings | null = null;
  sendVideoWish = (wish: VideoWish) => void this.wishes.push(wish);
  setEncodings = (encodings: LinkEncodings) => void (this.encodings = encodings);
}

const track = (size = LARGE, contentHint = '') =>
  ({ contentHint, getSettings: () => ({ ...size, frameRate: 30 }) }) as unknown as MediaStreamTrack;

let quality: VideoQuality;
let ticks: ReturnType<typeof setInterval>;
beforeEach(() => {
  vi.useFakeTimers();
  quality = new VideoQuality();
  ticks = setInterval(() => quality.tick(), TICK_MS);
});
afterEach(() => {
  clearInterval(ticks);
  quality.close();
  expect(vi.getTimerCount(), 'timers left after close').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function join(...ids: string[]): FakePeer[] {
  return ids.map((id) => {
    const peer = new FakePeer();
    quality.addPeer(id, peer);
    return peer;
  });
}

describe('the wishes', () => {
  it('are not said while no view of the person is there', async () => {
    const [mei] = join('mei');
    await pass(LONG_MS);
    expect(mei?.wishes).toEqual([]);
  });

  it('follow the view: larger at once, smaller and gone after a while', async () => {
    const [mei, tom] = join('mei', 'tom');
    const [first, second] = [
      { camera: SMALL, screen: null },
      { camera: { width: 1280, height: 720 }, screen: null },
    ];
    quality.shown.fixed('mei', 'camera', SMALL);
    await pass(TICK_MS);
    const close = quality.shown.fixed('mei', 'camera', LARGE);
    await pass(TICK_MS);
    expect(mei?.wishes).toEqual([first, second]);
    close();
    await pass(1_000);
    expect(mei?.wishes).toHaveLength(2);
    await pass(1_500);
    expect(mei?.wishes).toEqual([first, second, first]);
    expect(tom?.wishes).toEqual([]);
  });

  it('say that nobody looks, and are said again to a peer that comes anew', async () => {
    const [old] = join('mei');
    const close = quality.shown.fixed('mei', 'camera', SMALL);
    await pass(TICK_MS);
    close();
    await pass(LONG_MS);
    expect(old?.wishes.at(-1)).toEqual({ camera: null, screen: null });
    quality.removePeer('mei');
    const [anew] = join('mei');
    quality.shown.fixed('mei', 'camera', SMALL);
    await pass(TICK_MS);
    expect(anew?.wishes).toEqual([{ camera: SMALL, screen: null }]);
    expect(old?.wishes).toHaveLength(2);
  });

  it('are few while a tile glides', async () => {
    const [mei] = join('mei');
    for (let width = 320; width < 1280; width += 8) {
      const close = quality.shown.fixed('mei', 'camera', { width, height: (width / 16) * 9 });
      await pass(TICK_MS);
      close();
    }
    expect(mei?.wishes.length).toBeLessThan(25);
  });
});

describe('the pictures', () => {
  it('are whole for somebody who has said no wish, and as small as another one shows them', async () => {
    const [mei, tom] = join('mei', 'tom');
    quality.setTrack('camera', track());
    quality.setWish('tom', { camera: SMALL, screen: null });
    await pass(TICK_MS);
    expect(mei?.encodings?.camera).toMatchObject({ active: true, scaleResolutionDownBy: 1 });
    expect(tom?.encodings?.camera).toMatchObject({ active: true, scaleResolutionDownBy: 4 });
  });

  it('are not sent to somebody who sees none, and come back with the next wish', async () => {
    const [mei] = join('mei');
    quality.setTrack('camera', track());
    quality.setWish('mei', { camera: null, screen: null });
    await pass(TICK_MS);
    expect(mei?.encodings?.camera.active).toBe(false);
    quality.setWish('mei', { camera: SMALL, screen: null });
    await pass(TICK_MS);
    expect(mei?.encodings?.camera.active).toBe(true);
  });

  it('of a new screen are sent before the others can wish for them, and not for long if nobody does', async () => {
    const [mei] = join('mei');
    quality.setWish('mei', { camera: SMALL, screen: null });
    quality.setTrack('screen', track(LARGE, 'text'));
    expect(mei?.encodings?.screen).toMatchObject({ active: true, scaleResolutionDownBy: 1 });
    await pass(LONG_MS);
    expect(mei?.encodings?.screen.active).toBe(false);
    quality.setWish('mei', { camera: SMALL, screen: SMALL });
    await pass(TICK_MS);
    expect(mei?.encodings?.screen).toMatchObject({ active: true, scaleResolutionDownBy: 1 });
  });

  it('are shared out anew when somebody leaves', async () => {
    const peers = join('1', '2', '3', '4', '5', '6', '7');
    quality.setTrack('camera', track());
    await pass(TICK_MS);
    const crowded = peers[0]?.encodings?.camera.scaleResolutionDownBy;
    for (const id of ['2', '3', '4', '5', '6', '7']) quality.removePeer(id);
    await pass(TICK_MS);
    expect(crowded).toBeGreaterThan(1);
    expect(peers[0]?.encodings?.camera.scaleResolutionDownBy).toBe(1);
  });
});
