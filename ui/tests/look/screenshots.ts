import { test } from '@playwright/test';
import { languages, open, scenes, themes } from './scenes';

const sizes = [
  { width: 360, height: 480 },
  { width: 800, height: 600 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

/** The beginning of the scenes' names. The pictures are for people to look at; nothing compares them. */
const only = process.env['SCENE'] ?? '';

for (const theme of themes) {
  for (const locale of languages) {
    test.describe(`${theme} ${locale}`, () => {
      test.use({ colorScheme: theme, locale });
      for (const scene of scenes.filter(({ name }) => name.startsWith(only))) {
        test(scene.name, async ({ page }) => {
          await page.setViewportSize(sizes[1]);
          await open(page, scene);
          for (const size of sizes) {
            await page.setViewportSize(size);
            await page.evaluate(() => new Promise((done) => setTimeout(done, 350)));
            await page.screenshot({
              path: `../target/screenshots/${theme}-${locale}/${scene.name}-${size.width}x${size.height}.png`,
            });
          }
        });
      }
    });
  }
}
