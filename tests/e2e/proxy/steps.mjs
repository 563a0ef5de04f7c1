import fs from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { hostRoom, joinRoom, pageGone } from '../harness/steps.mjs';

/** @typedef {import('../harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('../harness/app-instance.mjs').Parlour} Parlour */

export const TAMPERING = 'Something on the way keeps sending messages that do not belong to this room.';

/**
 * Anna starts a room and enters, Ben comes to its lobby.
 *
 * @param {Parlour} anna
 * @param {Parlour} ben
 */
export async function meet(anna, ben) {
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  return { a, b, invite };
}

/**
 * The two see and hear each other, and nobody else is anywhere: no tile, nobody at the door, no connection.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
export async function onlyTheTwo(a, b, ms = 30_000) {
  await Promise.all([a.media(1, 10, ms), b.media(1, 10, ms)]);
  await Promise.all([a.moves('Ben'), b.moves('Anna')]);
  for (const { page, other } of [
    { page: a, other: 'Ben' },
    { page: b, other: 'Anna' },
  ]) {
    await expect(page.tile(other)).toHaveCount(1);
    await expect(page.page.locator('[data-peer]')).toHaveCount(1);
    await expect(page.page.getByText(/at the door/)).toHaveCount(0);
  }
}

/**
 * Both leave, and are back home.
 *
 * @param {Parlour[]} parlours
 */
export async function goHome(...parlours) {
  for (const parlour of parlours) {
    const page = await parlour.page();
    await page.leave();
    await pageGone(page);
    await parlour.window.find('button', 'Start a room');
  }
}

/**
 * Nothing has crashed, neither app nor page.
 *
 * @param {Parlour[]} parlours
 */
export function noCrash(...parlours) {
  for (const { dir } of parlours) {
    const [app, page] = ['app.log', 'page.log'].map((name) => path.join(dir, name));
    expect(fs.readFileSync(String(app), 'utf8')).not.toContain('panicked');
    if (fs.existsSync(String(page)))
      expect(fs.readFileSync(String(page), 'utf8')).not.toContain('page error');
  }
}
