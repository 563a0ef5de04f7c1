import { expect, test, type Page } from '@playwright/test';
import { open, scenes } from './scenes';

type DragItem = { mimeType: string; data: string };

/** Drops on the page, as the browser itself does it. */
async function drop(page: Page, { x, y }: { x: number; y: number }, items: DragItem[], files: string[] = []) {
  const browser = await page.context().newCDPSession(page);
  const data = { items, files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, x, y, data });
  }
  await browser.detach();
}

const scene = (name: string) => {
  const found = scenes.find((one) => one.name === name);
  if (!found) throw new Error(`there is no scene ${name}`);
  return found;
};

test('a link, a file or a text that is dropped on the page opens nothing', async ({
  page,
  context,
}, info) => {
  await open(page, scene('call-3'));
  const url = page.url();
  const file = info.outputPath('page.html');
  const { writeFileSync, mkdirSync } = await import('node:fs');
  mkdirSync(info.outputDir, { recursive: true });
  writeFileSync(file, '<title>another page</title>');
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  const link = 'http://127.0.0.1:9/';
  const middle = { x: 400, y: 300 };
  await drop(page, middle, [{ mimeType: 'text/uri-list', data: link }]);
  await drop(page, middle, [{ mimeType: 'text/plain', data: link }]);
  await drop(page, middle, [], [file]);
  // A navigation would have replaced the page by now.
  await expect.poll(() => page.evaluate(() => 'isSamePage' in window)).toBe(true);
  expect(page.url()).toBe(url);
  expect(context.pages()).toHaveLength(1);
});

test('text may be dropped into a field, a link may not', async ({ page }) => {
  await open(page, scene('home'));
  const field = page.locator('form input');
  const box = await field.boundingBox();
  if (!box) throw new Error('the field is not shown');
  const inside = { x: box.x + 10, y: box.y + box.height / 2 };
  await drop(page, inside, [{ mimeType: 'text/uri-list', data: 'http://127.0.0.1:9/' }]);
  await expect(field).toHaveValue('');
  await drop(page, inside, [{ mimeType: 'text/plain', data: 'parlour://join/a/b' }]);
  await expect(field).toHaveValue('parlour://join/a/b');
});
