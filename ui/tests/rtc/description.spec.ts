/** No description that the reader accepts means something else to the browser. */
import { expect, test } from './test';

for (const seed of [1, 2]) {
  test(`the browser understands changed offers as the reader does (${seed})`, async ({ page }) => {
    const seen = await page.evaluate((seed) => window.lab.applyChangedOffers(seed, 200), seed);
    expect(seen.different).toEqual([]);
    expect(seen.applied).toBeGreaterThan(100);
  });

  test(`the browser understands changed answers as the reader does (${seed})`, async ({ page }) => {
    const seen = await page.evaluate((seed) => window.lab.applyChangedAnswers(seed, 200), seed);
    expect(seen.different).toEqual([]);
    expect(seen.applied).toBeGreaterThan(100);
  });
}
