/** Counts the objects that the browser still holds after a garbage collection. */
import type { CDPSession } from '@playwright/test';
import { expect, test } from './test';

const CALLS = 50;
const COUNTED = [
  'RTCPeerConnection',
  'RTCDataChannel',
  'RTCRtpSender',
  'MediaStreamTrack',
  'MediaStream',
  'AudioContext',
];

/** How many objects of each kind there are. */
async function count(browser: CDPSession): Promise<Record<string, number>> {
  await browser.send('HeapProfiler.collectGarbage');
  const counts: Record<string, number> = {};
  for (const name of COUNTED) {
    const { result } = await browser.send('Runtime.evaluate', { expression: `${name}.prototype` });
    const { objects } = await browser.send('Runtime.queryObjects', {
      prototypeObjectId: result.objectId ?? '',
    });
    const length = await browser.send('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: 'function () { return this.length; }',
      returnByValue: true,
    });
    counts[name] = length.result.value as number;
    await browser.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' });
  }
  return counts;
}

test('fifty calls leave no connection, track, timer or listener behind', async ({ page }) => {
  test.setTimeout(300_000);
  await page.evaluate(() => {
    // Timers and listeners are counted by wrapping the functions that start and stop them.
    const left = { timers: new Set<number>(), listeners: new Set<unknown>() };
    const { setInterval: set, clearInterval: clear } = window;
    const { addEventListener: add, removeEventListener: remove } = window;
    Object.assign(window, {
      left,
      setInterval: (work: TimerHandler, pause?: number) => {
        const id = set(work, pause);
        left.timers.add(id);
        return id;
      },
      clearInterval: (id: number) => (left.timers.delete(id), clear(id)),
      addEventListener: (...all: Parameters<typeof add>) => (left.listeners.add(all[1]), add(...all)),
      removeEventListener: (...all: Parameters<typeof remove>) => (
        left.listeners.delete(all[1]),
        remove(...all)
      ),
    });
  });
  const oneCall = () =>
    page.evaluate(async () => {
      const { lab } = window;
      const { here, there } = await lab.call();
      await here.call().enter('Mei');
      await lab.until(() => here.call().participants[0]?.linkState === 'connected');
      await lab.until(() => there.call().participants[0]?.linkState === 'connected');
      lab.hangUp();
    });
  const browser = await page.context().newCDPSession(page);
  await oneCall();
  const before = await count(browser);
  for (let n = 1; n < CALLS; n += 1) await oneCall();
  // The browser releases ended objects after some time.
  await expect(async () => {
    const after = await count(browser);
    for (const name of COUNTED) expect(after[name], name).toBeLessThanOrEqual(before[name] ?? 0);
  }).toPass({ timeout: 20_000 });
  const left = await page.evaluate(() => {
    const { left } = window as unknown as { left: Record<'timers' | 'listeners', Set<unknown>> };
    return { timers: left.timers.size, listeners: left.listeners.size };
  });
  expect(left).toEqual({ timers: 0, listeners: 0 });
});
