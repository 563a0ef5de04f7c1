import { expect, test, type Page } from '@playwright/test';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test.use({ locale: 'en-GB' });

test('the device dialog has picture, level, speaker, test sound and sound processing', async ({ page }) => {
  await page.addInitScript(() => {
    const sinks: string[] = [];
    Object.assign(window, { sinks });
    const { setSinkId } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.setSinkId = function (id) {
      sinks.push(id);
      return setSinkId.call(this, '');
    };
  });
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('d');
  const dialog = page.getByRole('dialog', { name: 'Camera and microphone' });
  await expect(dialog.getByRole('img', { name: 'Camera preview' })).toBeVisible();
  await expect(dialog.getByRole('meter', { name: 'Microphone level' })).toBeVisible();
  await dialog.getByRole('combobox', { name: 'Speakers' }).selectOption('Headset');
  const sinks = () => page.evaluate(() => (window as unknown as { sinks: string[] }).sinks.at(-1));
  await expect.poll(sinks, 'the others are heard there').toBe('headset-out');
  await dialog.getByRole('button', { name: 'Play a test sound' }).click();
  await expect(dialog.getByRole('button', { name: 'Playing…' })).toBeDisabled();
  await expect(dialog.getByRole('button', { name: 'Play a test sound' })).toBeEnabled();
  await dialog.getByRole('checkbox', { name: 'Suppress noise' }).uncheck();
  await page.reload();
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('d');
  await expect(dialog.getByRole('combobox', { name: 'Speakers' })).toHaveValue('headset-out');
  await expect(dialog.getByRole('checkbox', { name: 'Suppress noise' })).not.toBeChecked();
  await expect(dialog.getByRole('checkbox', { name: 'Cancel echo' })).toBeChecked();
});

test('a denied camera names the settings of this system', async ({ page }) => {
  await page.goto('/?fake=lobby-denied');
  await expect(page.getByText("in your system's privacy settings")).toBeVisible();
  await page.evaluate(() => window.__fake?.push({ system: { os: 'windows', wayland: false, apt: false } }));
  await expect(page.getByText('also for desktop apps')).toBeVisible();
  await page.evaluate(() => window.__fake?.push({ system: { os: 'macos', wayland: false, apt: false } }));
  await expect(page.getByText('Allow Parlour in System Settings')).toBeVisible();
});

test('a screen reader hears of the level once a second, though the bars follow the voice', async ({
  page,
}) => {
  await page.addInitScript(() => {
    let loud = false;
    AnalyserNode.prototype.getFloatTimeDomainData = (samples) =>
      void samples.fill((loud = !loud) ? 0.5 : 0.01);
  });
  await page.goto('/?fake=lobby');
  const changes = await page.getByRole('meter').evaluate(async (meter) => {
    let [bars, values] = [0, 0];
    await new Promise<void>((resolve) => {
      new MutationObserver((records) => {
        for (const { target, attributeName } of records) {
          if (target === meter && attributeName === 'aria-valuenow') values += 1;
          else if (target === meter.lastElementChild?.previousElementSibling) bars += 1;
        }
        if (bars >= 15) resolve();
      }).observe(meter, { attributes: true, subtree: true });
    });
    return { bars, values };
  });
  expect(changes.values).toBeLessThanOrEqual(changes.bars / 4);
});

test('a headset that its own switch has muted is told calmly, until it is switched back', async ({
  page,
}) => {
  await page.addInitScript(() => {
    const { addTrack } = MediaStream.prototype;
    let isMuted = false;
    MediaStream.prototype.addTrack = function (track) {
      if (track.kind === 'audio') {
        Object.defineProperty(track, 'muted', { get: () => isMuted });
        Object.assign(window, {
          switchHeadset: () => {
            isMuted = !isMuted;
            track.dispatchEvent(new Event(isMuted ? 'mute' : 'unmute'));
          },
        });
      }
      addTrack.call(this, track);
    };
  });
  const switchHeadset = () =>
    page.evaluate(() => (window as unknown as { switchHeadset: () => void }).switchHeadset());
  await page.goto('/?fake=call-2');
  await page.waitForFunction(() => 'switchHeadset' in window);
  await button(page, 'Mute').waitFor();
  const words = page.getByRole('status').filter({ hasText: 'mutes your microphone. Nobody hears you.' });
  await switchHeadset();
  await expect(words).toBeVisible();
  await expect(page.getByRole('group', { name: 'You', exact: true }).getByText('Muted')).toBeAttached();
  if (process.env.PARLOUR_PICTURES)
    await page.screenshot({ path: `${process.env.PARLOUR_PICTURES}/headset.png` });
  await switchHeadset();
  await expect(words).toHaveCount(0);
});
