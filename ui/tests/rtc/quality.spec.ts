/** Pictures are sent as large as they are shown, over real links. */
import type { lab } from './lab';
import { expect, test } from './test';

declare global {
  interface Window {
    watched: { here: Parameters<typeof lab.camera>[0]; small: Window };
  }
}

test('a small tile is sent a small picture, and a larger one a larger picture', async ({ page }) => {
  const widths = await page.evaluate(async () => {
    const { lab } = window;
    const { here, tile } = await lab.watched();
    const widths: number[] = [];
    const until = async (width: number) => {
      await lab.until(async () => (await lab.camera(here)).frameWidth === width);
      widths.push(width);
    };
    await until(320);
    tile.style.width = tile.style.height = '40px';
    await until(160);
    tile.style.width = '640px';
    tile.style.height = '480px';
    await until(320);
    return widths;
  });
  expect(widths).toEqual([320, 160, 320]);
});

test('a picture that nobody looks at is not sent, and comes back within a second', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const { here, there, tile, video } = await lab.watched();
    await lab.until(async () => (await lab.camera(here)).frameWidth === 320);
    const states: string[] = [];
    tile.style.display = 'none';
    await lab.until(async () => {
      states.push(there.call().participants[0]?.linkState ?? '');
      const before = (await lab.camera(here)).framesSent;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return before === (await lab.camera(here)).framesSent;
    });
    // Longer than it takes to call silence a cut.
    const end = performance.now() + 3_500;
    const rest = (await lab.camera(here)).framesSent;
    await lab.until(() => {
      states.push(there.call().participants[0]?.linkState ?? '');
      return performance.now() > end;
    });
    const sent = (await lab.camera(here)).framesSent - rest;
    const back = new Promise<void>((shown) => video.requestVideoFrameCallback(() => shown()));
    tile.style.display = 'block';
    const start = performance.now();
    await back;
    return {
      sent,
      took: performance.now() - start,
      states: [...new Set(states)],
      links: here.connections.length + there.connections.length,
      problems: [...here.call().problems, ...there.call().problems],
    };
  });
  expect(seen).toMatchObject({ sent: 0, states: ['connected'], links: 2, problems: [] });
  expect(seen.took).toBeLessThan(1_000);
  test.info().annotations.push({ type: 'back after', description: `${Math.round(seen.took)} ms` });
});

test('a picture in the small window is sent while the window behind is hidden', async ({ page }) => {
  await page.evaluate(async () => {
    const { lab } = window;
    const { here, there, video } = await lab.watched();
    await lab.until(async () => (await lab.camera(here)).frameWidth === 320);
    const openSmallWindow = async () => {
      const small = await window.documentPictureInPicture?.requestWindow({ width: 300, height: 200 });
      if (!small) return;
      const tile = small.document.body.appendChild(document.createElement('div'));
      tile.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 160px; height: 120px';
      tile.append(video);
      there.call().videoQuality.shown.element(here.id, 'camera')(tile);
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
      window.watched = { here, small };
    };
    // The browser wants a click for it.
    addEventListener('click', () => void openSmallWindow());
  });
  await page.mouse.click(1, 1);
  await page.waitForFunction(() => 'watched' in window);
  const width = await page.evaluate(async () => {
    const { lab, watched } = window;
    const { here, small } = watched;
    // The size of the small window, not of the hidden one.
    await lab.until(async () => (await lab.camera(here)).frameWidth < 320);
    const { framesSent, frameWidth } = await lab.camera(here);
    await lab.until(async () => (await lab.camera(here)).framesSent > framesSent + 20);
    small.close();
    return frameWidth;
  });
  expect(width).toBe(160);
});

test('a wish holds for a link that is built anew', async ({ page }) => {
  const width = await page.evaluate(async () => {
    const { lab } = window;
    const { here, there, tile } = await lab.watched();
    tile.style.width = tile.style.height = '40px';
    await lab.until(async () => (await lab.camera(here)).frameWidth === 160);
    // A closed connection fires no event; the newcomer notices it when it restarts ICE.
    here.connections[0]?.close();
    here.call().networkChanged();
    await lab.until(() => here.connections.length > 1 && there.connections.length > 1);
    await lab.until(async () => (await lab.camera(here)).framesSent > 30);
    return (await lab.camera(here)).frameWidth;
  });
  expect(width).toBe(160);
});

test('an old peer, which says no wish, gets the whole picture', async ({ page }) => {
  const width = await page.evaluate(async () => {
    const { lab } = window;
    const { here } = await lab.watched({ tells: false });
    await lab.until(async () => (await lab.camera(here)).frameWidth === 320);
    // Longer than a tile's wish takes.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return (await lab.camera(here)).frameWidth;
  });
  expect(width).toBe(320);
});
