/** With forced colors the system takes away backgrounds and shadows: buttons and states need lines. */
import { expect, test } from '@playwright/test';
import { open, scenes } from './scenes';

for (const theme of ['light', 'dark'] as const) {
  for (const name of ['home', 'lobby', 'call-3', 'call-more', 'call-tile-menu', 'settings', 'companion']) {
    test(`every button of ${name} has an edge in high contrast, ${theme}`, async ({ page }) => {
      await page.emulateMedia({ forcedColors: 'active', colorScheme: theme, reducedMotion: 'reduce' });
      const scene = scenes.find((one) => one.name === name);
      if (!scene) throw new Error(`no scene ${name}`);
      await open(page, scene);
      const buttons = await page.locator('button:visible').evaluateAll((all) =>
        all.map((button) => {
          const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } =
            getComputedStyle(button);
          const isEdged =
            parseFloat(borderTopWidth) >= 1 &&
            borderTopStyle === 'solid' &&
            borderTopColor !== backgroundColor;
          return { label: button.ariaLabel ?? button.textContent.trim(), isEdged };
        }),
      );
      expect(buttons.length).toBeGreaterThan(0);
      expect(buttons.filter(({ isEdged }) => !isEdged).map(({ label }) => label)).toEqual([]);
      if (process.env.PARLOUR_PICTURES)
        await page.screenshot({ path: `${process.env.PARLOUR_PICTURES}/hc-${name}-${theme}.png` });
    });
  }
}

test('a person who speaks, and a control that is off, are marked by a line in high contrast', async ({
  page,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto('/?fake=call-3');
  const rim = (name: string) =>
    page.getByRole('group', { name }).evaluate((tile) => {
      const { opacity, borderTopWidth, borderTopColor } = getComputedStyle(tile, '::after');
      return { opacity, borderTopWidth, isLit: borderTopColor !== 'rgba(0, 0, 0, 0)' };
    });
  await expect.poll(() => rim('Jonas')).toEqual({ opacity: '1', borderTopWidth: '3px', isLit: true });
  await page.keyboard.press('v');
  const camera = page.locator('.control.off').first();
  await expect(camera).toBeVisible();
  expect(await camera.evaluate((one) => getComputedStyle(one).outlineStyle)).toBe('solid');
});

test('in light high contrast the icons of a menu are as strong as its words, and the speaker has two lines', async ({
  page,
}) => {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto('/?fake=call-3');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  const colours = await page
    .locator('.item')
    .evaluateAll((items) =>
      items.map((item) =>
        [item.querySelector('svg'), item.querySelector('.words')].map(
          (part) => part && getComputedStyle(part).color,
        ),
      ),
    );
  expect(colours.length).toBeGreaterThan(0);
  for (const [icon, words] of colours) expect(icon).toBe(words);
  const line = () =>
    page
      .getByRole('group', { name: 'Jonas' })
      .evaluate((tile) => getComputedStyle(tile, '::after').outlineStyle);
  await expect.poll(line).toBe('solid');
});
