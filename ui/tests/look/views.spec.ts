import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { languages, open, scenes, themes } from './scenes';

/** Calls of other sizes are the same view. */
const SAME = /^call-[3467]$/;

for (const theme of themes) {
  for (const locale of languages) {
    test(`every view in ${theme} and ${locale}: shown, quiet in the console, nothing serious for axe`, async ({
      browser,
    }) => {
      test.setTimeout(300_000);
      const context = await browser.newContext({ colorScheme: theme, locale, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const heard: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) heard.push(message.text());
      });
      page.on('pageerror', (error) => heard.push(String(error)));

      for (const scene of scenes.filter(({ name }) => !SAME.test(name))) {
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
          await page.setViewportSize({ width: 360, height: 480 });
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect.soft(wide, `${scene.name} is as wide as a small window`).toBeLessThanOrEqual(0);
        });
      }
      expect(heard).toEqual([]);
      await context.close();
    });
  }
}
