/**
 * The cost of an entrance for the main thread, at both ends: no task may be so long that a person notices it. CPU time is
 * counted, not wall-clock time: on a busy machine a short task takes long.
 */
import { expect, test, type Browser, type LaunchOptions, type Page } from '@playwright/test';
import { loadavg } from 'node:os';
import type { Carried } from './main-thread/signaling';

/** A person notices a longer task, in milliseconds. */
const FELT = 50;

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
    .filter(({ name, pid, tid, ts, dur = 0 }) => {
      const task = name === 'RunTask' || name === 'ThreadControllerImpl::RunTask';
      return task && pid === begin.pid && tid === begin.tid && ts + dur >= begin.ts && ts <= end.ts;
    })
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((a, b) => b - a);
}

/** Opens the measured page, and the page of the others in another browser, so that their work is not counted. */
async function withOthers(
  { page, browser, baseURL, launchOptions }: Fixtures,
  run: (outside: Page) => Promise<void>,
): Promise<void> {
  test.setTimeout(180_000);
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
    await run(outside);
  } finally {
    await elsewhere.close();
  }
}

interface Fixtures {
  page: Page;
  browser: Browser;
  baseURL: string | undefined;
  launchOptions: LaunchOptions;
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'blink.user_timing'];

/** The tasks may be few, but the trace has to have some. */
async function expectUnnoticed(
  page: Page,
  trace: Buffer,
  from: string,
  to: string,
  what: string,
): Promise<void> {
  const tasks = work(trace, from, to);
  const clock = await page.evaluate((from) => window.room.tasks(from), from);
  const longest = tasks.slice(0, 5).map((ms) => ms.toFixed(0));
  console.log(
    `${what}: the longest tasks have ${longest.join(', ')} ms of work; on the clock the longest of over 50 ms ` +
      `are ${clock.slice(0, 5).join(', ') || 'none'}; load ${loadavg()[0]?.toFixed(1)}`,
  );
  expect(tasks.length).toBeGreaterThan(20);
  expect(tasks[0]).toBeLessThan(FELT);
}

for (const people of [3, 5, 8]) {
  test(`${people} people arrive without a task that is noticed`, async ({
    page,
    browser,
    baseURL,
    launchOptions,
  }) => {
    await withOthers({ page, browser, baseURL, launchOptions }, async (outside) => {
      await page.evaluate(() => window.room.open());
      await expect(page.getByRole('group', { name: 'You' }).locator('video')).toBeVisible();
      await page.waitForFunction(() => window.room.settled());
      await browser.startTracing(page, { categories: CATEGORIES });
      await page.evaluate(() => performance.mark('they-come'));
      for (let n = 0; n < people - 1; n += 1) {
        await page.evaluate((n) => window.room.come(n), n);
        await outside.evaluate((n) => window.others.come(n), n);
        await page.waitForFunction((n) => window.room.seen(n), n + 1, { timeout: 60_000 });
      }
      // The call goes on for a while.
      await page.evaluate(() => window.room.frames(60));
      await page.evaluate(() => performance.mark('they-are-here'));
      const trace = await browser.stopTracing();
      await expectUnnoticed(page, trace, 'they-come', 'they-are-here', `${people} people`);
    });
  });

  test(`a person enters a room of ${people} without a task that is noticed before the first picture`, async ({
    page,
    browser,
    baseURL,
    launchOptions,
  }) => {
    await withOthers({ page, browser, baseURL, launchOptions }, async (outside) => {
      for (let n = 0; n < people - 1; n += 1) {
        await outside.evaluate((n) => window.others.come(n, 'answerer'), n);
      }
      await page.evaluate((count) => window.room.openLobby(count), people - 1);
      await page.waitForFunction((count) => window.room.hasAnswersOf(count), people - 1, { timeout: 60_000 });
      // A person who reads the lobby gives the page time for what it does meanwhile.
      await page.evaluate(() => window.room.frames(30));
      await browser.startTracing(page, { categories: CATEGORIES });
      await page.evaluate(() => window.room.enter());
      const trace = await browser.stopTracing();
      await expectUnnoticed(page, trace, 'enter', 'first-picture', `entering a room of ${people}`);
      await page.waitForFunction((count) => window.room.shows(count), people - 1, { timeout: 60_000 });
    });
  });
}
