/**
 * The cost of arrivals for the main thread of a page in a call: no task may be so long that a person notices it. CPU time
 * is counted, not wall-clock time: on a busy machine a short task takes long.
 */
import { expect, test } from '@playwright/test';
import { loadavg } from 'node:os';
import type { Carried } from './main-thread/signaling';

/** A person notices a task of this length, in milliseconds. */
const FELT = 100;

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  ts: number;
  /** Wall-clock and CPU time in microseconds. */
  dur?: number;
  tdur?: number;
}

/** The main thread's tasks between two marks of the page, in milliseconds of CPU time, the longest first. */
function work(trace: Buffer, from: string, to: string): number[] {
  const { traceEvents: events } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const begin = events.find(({ name }) => name === from);
  const end = events.find(({ name }) => name === to);
  if (!begin || !end) throw new Error('the page left no mark');
  return events
    .filter(({ name, pid, tid, ts }) => {
      const task = name === 'RunTask' || name === 'ThreadControllerImpl::RunTask';
      return task && pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts <= end.ts;
    })
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((a, b) => b - a);
}

for (const people of [3, 5, 8]) {
  test(`${people} people arrive without a task that is noticed`, async ({
    page,
    browser,
    baseURL,
    launchOptions,
  }) => {
    test.setTimeout(180_000);
    // The others run in another browser, so that their work is not counted.
    const elsewhere = await browser.browserType().launch(launchOptions);
    try {
      const outside = await elsewhere.newPage({ permissions: ['camera', 'microphone'] });
      await page.exposeFunction('carry', (event: Carried) =>
        outside.evaluate((event) => window.others.receiveSignal(event), event),
      );
      await outside.exposeFunction('carry', (event: Carried) =>
        page.evaluate((event) => window.room.receiveSignal(event), event),
      );
      await Promise.all([
        page.goto('/tests/rtc/main-thread/room.html'),
        outside.goto(`${baseURL}/tests/rtc/main-thread/others.html`),
      ]);
      await page.waitForFunction(() => 'room' in window);
      await outside.waitForFunction(() => 'others' in window);
      await page.evaluate(() => window.room.open());
      await expect(page.getByRole('group', { name: 'You' }).locator('video')).toBeVisible();
      await page.waitForFunction(() => window.room.settled());
      await browser.startTracing(page, {
        categories: ['toplevel', 'devtools.timeline', 'blink.user_timing'],
      });
      await page.evaluate(() => performance.mark('they-come'));
      for (let n = 0; n < people - 1; n += 1) {
        await page.evaluate((n) => window.room.come(n), n);
        await outside.evaluate((n) => window.others.come(n), n);
        await page.waitForFunction((n) => window.room.seen(n), n + 1, { timeout: 60_000 });
      }
      // The call goes on for a while.
      await page.evaluate(() => window.room.frames(60));
      await page.evaluate(() => performance.mark('they-are-here'));
      const tasks = work(await browser.stopTracing(), 'they-come', 'they-are-here');
      const clock = await page.evaluate(() => window.room.tasks());
      const longest = tasks.slice(0, 5).map((ms) => ms.toFixed(0));
      console.log(
        `${people} people: the longest tasks have ${longest.join(', ')} ms of work; on the clock the longest of over 50 ms ` +
          `are ${clock.slice(0, 5).join(', ') || 'none'}; load ${loadavg()[0]?.toFixed(1)}`,
      );
      expect(tasks.length).toBeGreaterThan(100);
      expect(tasks[0]).toBeLessThan(FELT);
    } finally {
      await elsewhere.close();
    }
  });
}
