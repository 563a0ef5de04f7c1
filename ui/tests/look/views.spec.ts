import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { languages, open, scenes, themes } from './scenes';

/** Calls of other sizes are the same view. */
const SAME = /^call-[3467]$/;
/** Each view once. Every state is checked in two pairs of theme and language that differ in both. */
const CORE =
  /^(home|home-bad-invite|settings-servers|lobby|lobby-denied|call-1|call-5|call-mixed|companion|failed|pending|closed-by-app)$/;
/** As for the screenshots: the beginning of the scenes' names. */
const only = process.env['SCENE'] ?? '';
/** The message of a page that may not close itself, as a test has opened it. */
const CLOSES_ITSELF = 'Scripts may close only the windows that were opened by them.';

for (const theme of themes) {
  for (const locale of languages) {
    test(`every view in ${theme} and ${locale}: no console errors, no serious findings of axe, no link to another page`, async ({
      browser,
    }) => {
      test.setTimeout(600_000);
      const context = await browser.newContext({ colorScheme: theme, locale, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const heard: string[] = [];
      page.on('console', (message) => {
        const text = message.text();
        if (['error', 'warning'].includes(message.type()) && text !== CLOSES_ITSELF) heard.push(text);
      });
      page.on('pageerror', (error) => heard.push(String(error)));

      const all = (theme === 'light') === (locale === 'en');
      for (const scene of scenes.filter(
        ({ name }) => name.startsWith(only) && (all ? !SAME.test(name) : CORE.test(name)),
      )) {
        await test.step(scene.name, async () => {
          await page.setViewportSize({ width: 900, height: 640 });
          await open(page, scene);
          await expect(page.locator('html')).toHaveAttribute('lang', locale);
          await expect(page.locator('html')).toHaveAttribute('dir', 'ltr');
          const { violations } = await new AxeBuilder({ page }).analyze();
          const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
          expect
            .soft(
              grave.map(({ id, nodes }) => ({
                id,
                nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]),
              })),
              scene.name,
            )
            .toEqual([]);
          const exits = page.locator('a[href], area[href], form[action], [target], iframe, embed, object');
          expect
            .soft(await exits.evaluateAll((all) => all.map(({ outerHTML }) => outerHTML)), scene.name)
            .toEqual([]);
          await page.setViewportSize({ width: 360, height: 480 });
          const over = () =>
            page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          await expect.soft.poll(over, `${scene.name} is as wide as a small window`).toBeLessThanOrEqual(0);
        });
      }
      expect(heard).toEqual([]);
      await context.close();
    });
  }
}
