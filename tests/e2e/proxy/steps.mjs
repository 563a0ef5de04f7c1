import fs from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { hostRoom, joinRoom, waitForPageClosed } from '../harness/steps.mjs';

/** @typedef {import('../harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('../harness/app-instance.mjs').AppInstance} AppInstance */

export const TAMPERING_WARNING =
  'Something on the way keeps sending messages that do not belong to this room.';

/**
 * Anna starts a room and enters it; Ben joins its lobby.
 *
 * @param {AppInstance} anna
 * @param {AppInstance} ben
 */
export async function hostAndJoinLobby(anna, ben) {
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  return { a, b, invite };
}

/**
 * Expects that the two see and hear each other, and that there is nobody else: no tile, nobody at the door, no
 * connection.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
export async function expectCallOfTwo(a, b, ms = 30_000) {
  await Promise.all([a.waitForMedia(1, 10, ms), b.waitForMedia(1, 10, ms)]);
  await Promise.all([a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
  for (const { page, other } of [
    { page: a, other: 'Ben' },
    { page: b, other: 'Anna' },
  ]) {
    await expect(page.tile(other)).toHaveCount(1);
    await expect(page.page.locator('[data-peer]:visible')).toHaveCount(1);
    await expect(page.page.getByText(/at the door/)).toHaveCount(0);
  }
}

/**
 * Each instance leaves its call and returns to Home.
 *
 * @param {AppInstance[]} instances
 */
export async function leaveToHome(...instances) {
  for (const instance of instances) {
    const page = await instance.callPage();
    await page.leave();
    await waitForPageClosed(page);
    await instance.window.find('button', 'Start a room');
  }
}

/**
 * Expects that neither an app nor its page has crashed.
 *
 * @param {AppInstance[]} instances
 */
export function expectNoCrash(...instances) {
  for (const { dir } of instances) {
    const [app, page] = ['app.log', 'page.log'].map((name) => path.join(dir, name));
    expect(fs.readFileSync(String(app), 'utf8')).not.toContain('panicked');
    if (fs.existsSync(String(page)))
      expect(fs.readFileSync(String(page), 'utf8')).not.toContain('page error');
  }
}
