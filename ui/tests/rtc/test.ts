import { test as base, expect } from '@playwright/test';

/** A test in the lab page. An uncaught exception or rejection in the page fails the test. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto('/tests/rtc/lab.html');
    await page.waitForFunction(() => 'lab' in window);
    await use(page);
    expect(errors).toEqual([]);
  },
});

export { expect };
