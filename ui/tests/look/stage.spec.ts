import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';

test.use({ locale: 'en-GB', viewport: { width: 1000, height: 700 } });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const tile = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const size = async (page: Page, name: string): Promise<number> =>
  ((box) => (box ? box.width * box.height : 0))(await tile(page, name).boundingBox());

async function about(page: Page, name: string, what: string): Promise<void> {
  await button(page, `More about ${name}`).click();
  await button(page, what).click();
}

test('a pinned person is large until unpinned', async ({ page }) => {
  await page.goto('/?fake=call-4');
  await about(page, 'Jonas', 'Pin');
  await expect.poll(async () => (await size(page, 'Jonas')) > 3 * (await size(page, 'Mei'))).toBe(true);
  await about(page, 'Jonas', 'Unpin');
  await expect.poll(async () => (await size(page, 'Jonas')) / (await size(page, 'Mei'))).toBeCloseTo(1);
  await tile(page, 'Mei').dblclick();
  await expect.poll(async () => (await size(page, 'Mei')) > 3 * (await size(page, 'Jonas'))).toBe(true);
});

test('an absent person stands aside and returns to the stage when back', async ({ page }) => {
  await page.goto('/?fake=call-screen');
  await expect(page.getByText('Amélie is disconnected, waiting')).toBeVisible();
  await expect(tile(page, 'Amélie').locator('video')).toHaveCount(0);
  expect(await size(page, 'Amélie')).toBeLessThan((await size(page, 'Jonas')) / 2);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.evaluate(() => {
    const fake = window.__fake;
    const room = fake?.view.room;
    if (room)
      fake.push({ room: { ...room, peers: room.peers.map((peer) => ({ ...peer, presence: 'online' })) } });
  });
  await expect(page.getByText('Amélie is disconnected, waiting')).toHaveCount(0);
  await expect(tile(page, 'Amélie').locator('video')).toHaveCount(1);
});

test('a shared screen is large and uncropped beside the people; two are equal', async ({ page }) => {
  await page.goto('/?fake=call-screen');
  const screen = tile(page, "Mei's screen");
  await expect(screen.locator('video')).toHaveCSS('object-fit', 'contain');
  await expect
    .poll(async () => (await size(page, "Mei's screen")) > 3 * (await size(page, 'Mei')))
    .toBe(true);
  await expect(tile(page, 'Mei').getByText('Is sharing a screen')).toBeAttached();
  await expect(tile(page, 'Jonas').getByText('Hand raised')).toBeAttached();
  await page.goto('/?fake=call-screens');
  await expect
    .poll(async () => (await size(page, "Mei's screen")) / (await size(page, "Amélie's screen")))
    .toBeCloseTo(1, 1);
});

test('the chosen layout is remembered', async ({ page }) => {
  await page.goto('/?fake=call-4');
  await button(page, 'Layout').click();
  await button(page, 'Speaker').click();
  await page.keyboard.press('Escape');
  await expect(button(page, 'Layout')).toBeFocused();
  // Jonas speaks.
  await expect.poll(async () => (await size(page, 'Jonas')) > 3 * (await size(page, 'Mei'))).toBe(true);
  await page.reload();
  await expect.poll(async () => (await size(page, 'Jonas')) > 3 * (await size(page, 'Mei'))).toBe(true);
  await page.keyboard.press('l');
  await expect(page.locator('[aria-live=polite]').last()).toHaveText('Layout: Automatic');
  await expect.poll(async () => (await size(page, 'Jonas')) / (await size(page, 'Mei'))).toBeCloseTo(1);
});

test('a person can be quieter or muted for this listener only', async ({ page }) => {
  await page.goto('/?fake=call-2');
  const sound = () =>
    page.locator('audio').evaluate((audio: HTMLAudioElement) => [audio.volume, audio.muted]);
  expect(await sound()).toEqual([1, false]);
  await button(page, 'More about Mei').click();
  await page.getByRole('slider', { name: 'Volume' }).fill('40');
  await expect.poll(sound).toEqual([0.4, false]);
  await button(page, 'Mute for me').click();
  await expect.poll(sound).toEqual([0, true]);
  await page.keyboard.press('Escape');
  await expect(tile(page, 'Mei').getByText('Muted for you')).toBeAttached();
});

test('the own tile moves to another corner by pointer and by key, and can be hidden', async ({ page }) => {
  await page.goto('/?fake=call-2');
  const me = tile(page, 'You');
  const where = async () => {
    const box = await me.boundingBox();
    return box ? [box.x < 500 ? 'left' : 'right', box.y < 350 ? 'top' : 'bottom'] : [];
  };
  await expect.poll(where).toEqual(['right', 'bottom']);
  const box = await me.boundingBox();
  if (!box) throw new Error('one is not to be seen');
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(400, 400, { steps: 4 });
  await page.mouse.move(200, 160, { steps: 8 });
  await page.mouse.up();
  await expect.poll(where).toEqual(['left', 'top']);
  await page.reload();
  await expect.poll(where).toEqual(['left', 'top']);
  await button(page, 'More about You').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(where).toEqual(['right', 'top']);
  await about(page, 'You', 'Hide my picture');
  await expect(me).toHaveCount(0);
  await button(page, 'Layout').click();
  await button(page, 'Show my picture').click();
  await expect(me).toBeVisible();
});

test('picture in picture shows the call with its controls', async ({ page, context }) => {
  await page.goto('/?fake=call-3');
  const opened = context.waitForEvent('page');
  await button(page, 'Layout').click();
  await button(page, 'Picture in picture').click();
  const small = await opened;
  await expect(tile(small, 'Mei')).toBeVisible();
  await expect(tile(small, 'Jonas').locator('video')).toHaveCount(1);
  await button(small, 'Mute').click();
  await expect(button(page, 'Unmute')).toBeVisible();
  await expect(button(small, 'Unmute')).toHaveCSS('border-radius', '999px');
  await small.keyboard.press('m');
  await expect(button(page, 'Mute')).toBeVisible();
  const { violations } = await new AxeBuilder({ page: small }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  await button(page, 'Layout').click();
  await Promise.all([small.waitForEvent('close'), button(page, 'Close picture in picture').click()]);
  const next = context.waitForEvent('page');
  await page.keyboard.press('p');
  const again = await next;
  await button(again, 'Leave').click();
  await expect(button(page, 'Start a room')).toBeVisible();
  await expect.poll(() => again.isClosed()).toBe(true);
});

test('full screen works by key and by menu', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'More about Mei').focus();
  const full = () => page.evaluate(() => document.fullscreenElement !== null);
  await page.keyboard.press('f');
  await expect.poll(full).toBe(true);
  await button(page, 'Layout').click();
  await button(page, 'Leave full screen').click();
  await expect.poll(full).toBe(false);
});

test('the pictures are not reloaded when what a tile says changes', async ({ page }) => {
  await page.goto('/?fake=call-3');
  await expect(page.locator('.tile[data-seen=true]')).toHaveCount(3);
  const reloads = await page.evaluateHandle(() => {
    const reloads: Event[] = [];
    for (const video of document.querySelectorAll('.tile video')) {
      video.addEventListener('emptied', (event) => reloads.push(event));
    }
    return reloads;
  });
  await page.keyboard.press('m');
  await expect(tile(page, 'You').getByText('Muted')).toBeAttached();
  await page.keyboard.press('m');
  await expect(tile(page, 'You').getByText('Muted')).toHaveCount(0);
  expect(await reloads.evaluate(({ length }) => length)).toBe(0);
});

test('a person whose picture never came has their initial, not a black tile', async ({ page }) => {
  // Of a link that ends before anything came: the browser shows a small black frame for its track.
  await page.addInitScript(() => {
    const peer = new RTCPeerConnection();
    HTMLCanvasElement.prototype.captureStream = () =>
      new MediaStream([peer.addTransceiver('video').receiver.track]);
    Object.assign(window, { endLink: () => peer.close() });
  });
  await page.goto('/?fake=call-2');
  const video = tile(page, 'Mei').locator('video');
  await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.srcObject !== null)).toBe(true);
  await page.evaluate(() => (window as unknown as { endLink: () => void }).endLink());
  await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.videoWidth)).toBe(2);
  await expect(tile(page, 'Mei')).toHaveAttribute('data-seen', 'false');
  await expect(tile(page, 'Mei').getByText('M', { exact: true })).toBeVisible();
});

for (const [width, height] of [
  [640, 360],
  [320, 480],
] as const) {
  test(`alone, nothing lies over the invite in a window of ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto('/?fake=call-1');
    const copy = button(page, 'Copy invite');
    await copy.scrollIntoViewIfNeeded();
    // A trial click fails when another element would get it.
    await copy.click({ trial: true });
    await expect(tile(page, 'You')).toHaveCount(0);
  });
}

test('the QR code of the invite fits where the picture was, without scrolling', async ({ page }) => {
  await page.goto('/?fake=call-1');
  await button(page, 'Show QR code').click();
  await expect(page.getByRole('img', { name: 'QR code of the invite' })).toBeInViewport({ ratio: 1 });
  const over = await page.locator('.alone').evaluate((box) => box.scrollHeight - box.clientHeight);
  expect(over).toBe(0);
});

test('a tile asks for nothing before the person does: its safety check is a sign without words', async ({
  page,
}) => {
  await page.goto('/?fake=call-safety');
  await tile(page, 'Mei').hover();
  await expect(tile(page, 'Mei').getByRole('button', { name: 'Verify the connection to Mei' })).toHaveText(
    '',
  );
  await expect(tile(page, 'Jonas').getByText('Verified')).toBeVisible();
  await expect(tile(page, 'Amélie').getByText('Verify again')).toBeVisible();
});
