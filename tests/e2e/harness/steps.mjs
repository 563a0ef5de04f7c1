import { expect } from '@playwright/test';
import { waitFor } from './wait.mjs';

/** @typedef {import('./app-instance.mjs').AppInstance} AppInstance */

/**
 * Starts a room in the window and waits for its lobby.
 *
 * @param {AppInstance} instance
 */
export async function startRoom(instance) {
  await instance.window.click('button', 'Start a room');
  const page = await instance.callPage();
  await expect(page.button('Enter')).toBeEnabled();
  return page;
}

/**
 * Starts a room and enters it.
 *
 * @param {AppInstance} instance
 * @param {string} name
 */
export async function hostRoom(instance, name) {
  const page = await startRoom(instance);
  await page.enter(name);
  await expect(page.button('Leave')).toBeVisible();
  return page;
}

/**
 * Pastes an invite into Home and waits for the lobby.
 *
 * @param {AppInstance} instance
 * @param {string} invite
 */
export async function joinRoom(instance, invite) {
  await instance.window.fill('Invite link', invite);
  await instance.window.click('button', 'Join');
  const page = await instance.callPage();
  await expect(page.button('Enter')).toBeEnabled();
  return page;
}

/**
 * Waits until the call page, or its browser, has closed, as after the end of a call.
 *
 * @param {import('./call-page.mjs').CallPage} page
 */
export async function waitForPageClosed(page) {
  await waitFor('the call page closes', () => page.page.isClosed() || !page.browser.isConnected());
}
