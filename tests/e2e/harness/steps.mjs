import { expect } from '@playwright/test';
import { until } from './wait.mjs';

/** @typedef {import('./app-instance.mjs').Parlour} Parlour */

/**
 * Starts a room in the window and waits for its lobby.
 *
 * @param {Parlour} parlour
 */
export async function startRoom(parlour) {
  await parlour.window.click('button', 'Start a room');
  const page = await parlour.page();
  await expect(page.button('Enter')).toBeEnabled();
  return page;
}

/**
 * Starts a room and enters it.
 *
 * @param {Parlour} parlour
 * @param {string} name
 */
export async function hostRoom(parlour, name) {
  const page = await startRoom(parlour);
  await page.enter(name);
  await expect(page.button('Leave')).toBeVisible();
  return page;
}

/**
 * Pastes an invite into Home and waits for the lobby.
 *
 * @param {Parlour} parlour
 * @param {string} invite
 */
export async function joinRoom(parlour, invite) {
  await parlour.window.fill('Invite link', invite);
  await parlour.window.click('button', 'Join');
  const page = await parlour.page();
  await expect(page.button('Enter')).toBeEnabled();
  return page;
}

/**
 * The browser that showed the call is gone, as after the call's end.
 *
 * @param {import('./call-page.mjs').CallPage} page
 */
export async function pageGone(page) {
  await until('the call page closes', () => page.page.isClosed() || !page.browser.isConnected());
}
