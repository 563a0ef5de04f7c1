/** The drawing of a call without cameras: where there is no GPU, drawing costs more than all else in such a call. */
import { expect, test } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import type { Carried } from './main-thread/signaling';

interface TraceEvent {
  name: string;
  args?: { data?: { clip?: number[] } };
}

/** A page with the whole view of a call with one other person, who runs in another browser. */
test('a call without cameras paints nothing when people begin and stop speaking', async ({
  page,
  browser,
  baseURL,
  launchOptions,
}) => {
  const elsewhere = await browser.browserType().launch(launchOptions);
  try {
    await enterCall(page, await elsewhere.newPage({ permissions: ['camera', 'microphone'] }), baseURL ?? '');
    // The first change paints the rim. The fake microphones beep.
    await speakingChanges(page, 8);
    const { paints, frames } = await drawing(browser, page, () => speakingChanges(page, 12));
    expect(frames, 'frames, so that the trace holds what it should').toBeGreaterThan(5);
    // One frame a change is enough; others may come when two changes share none.
    expect(frames).toBeLessThanOrEqual(24);
    expect(paints.map(({ args }) => args?.data?.clip)).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

test('a call in which everybody is muted draws no frame', async ({
  page,
  browser,
  baseURL,
  launchOptions,
}) => {
  const elsewhere = await browser.browserType().launch(launchOptions);
  try {
    const other = await elsewhere.newPage({ permissions: ['camera', 'microphone'] });
    await enterCall(page, other, baseURL ?? '', { microphone: false });
    // The view comes to rest, and from then on nothing is drawn.
    await expect(async () => {
      const { paints, frames } = await drawing(browser, page, () => page.waitForTimeout(2_000));
      expect(paints).toHaveLength(0);
      expect(frames).toBe(0);
    }).toPass();
  } finally {
    await elsewhere.close();
  }
});

async function enterCall(
  page: Page,
  other: Page,
  baseURL: string,
  { microphone = true } = {},
): Promise<void> {
  await page.exposeFunction('carry', (event: Carried) =>
    other.evaluate((event) => window.others.receiveSignal(event), event),
  );
  await other.exposeFunction('carry', (event: Carried) =>
    page.evaluate((event) => window.room.receiveSignal(event), event),
  );
  for (const one of [page, other]) {
    await one.addInitScript(
      (on) => sessionStorage.setItem('parlour.on', on),
      JSON.stringify({ microphone, camera: false }),
    );
  }
  await Promise.all([
    page.goto('/tests/rtc/main-thread/room.html'),
    other.goto(`${baseURL}/tests/rtc/main-thread/others.html`),
  ]);
  await page.waitForFunction(() => 'room' in window);
  await other.waitForFunction(() => 'others' in window);
  await page.evaluate(() => window.room.open());
  await page.evaluate(() => window.room.come(0));
  await other.evaluate(() => window.others.come(0));
  const tile = page.getByRole('group', { name: 'Mei' });
  await expect(tile.getByText('Camera off')).toBeAttached();
  await expect(tile.locator('.status')).toHaveCount(0);
  // The tiles have come to rest.
  await page.waitForFunction(() => document.getAnimations().length === 0);
}

/** Waits until tiles have begun or stopped to show speech so many times. */
const speakingChanges = (page: Page, count: number) =>
  page.evaluate(
    (count) =>
      new Promise<void>((done) => {
        const tiles = [...document.querySelectorAll('.tile')];
        const was = new Map(tiles.map((tile) => [tile, tile.classList.contains('speaking')]));
        let left = count;
        const observer = new MutationObserver(() => {
          for (const tile of tiles) {
            const is = tile.classList.contains('speaking');
            if (is === was.get(tile)) continue;
            was.set(tile, is);
            left -= 1;
          }
          if (left > 0) return;
          observer.disconnect();
          done();
        });
        for (const tile of tiles) observer.observe(tile, { attributeFilter: ['class'] });
      }),
    count,
  );

/** The paints of the page and the frames of its window while `what` goes on. */
async function drawing(
  browser: Browser,
  page: Page,
  what: () => Promise<void>,
): Promise<{ paints: TraceEvent[]; frames: number }> {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'viz'] });
  await what();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  return {
    paints: traceEvents.filter(({ name }) => name === 'Paint'),
    frames: traceEvents.filter(({ name }) => name === 'Display::DrawAndSwap').length,
  };
}
