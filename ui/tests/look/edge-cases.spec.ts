/** Failures, long texts and repeated input. */
import { expect, test, type Page } from '@playwright/test';

test.use({ locale: 'en-GB' });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Makes the backend refuse the command from now on. */
const refuse = (page: Page, name: string, code: 'host_failed' | 'internal') =>
  page.evaluate(([name, code]) => window.__fake?.failing.set(name, { code, message: '', field: null }), [
    name,
    code,
  ] as const);

test('actions in an open dialog are announced inside the dialog', async ({ page }) => {
  await page.goto('/?fake=call-3');
  await button(page, 'Invite').click();
  const said = page.getByRole('dialog').getByRole('status');
  await expect(said).toBeEmpty();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy invite' }).click();
  await expect(said).toHaveText('The invite is on your clipboard.');
});

test('an unanswered question stays open after repeated Escape', async ({ page }) => {
  await page.goto('/?fake=pending-call');
  await expect(page.getByRole('dialog')).toBeVisible();
  await refuse(page, 'answerPendingJoin', 'internal');
  for (let n = 0; n < 3; n += 1) await page.keyboard.press('Escape');
  await expect.poll(() => page.evaluate(() => window.__fake?.calls.at(-1)?.name)).toBe('answerPendingJoin');
  await expect(page.getByRole('dialog', { name: 'Leave this call for another room?' })).toBeVisible();
  await expect(button(page, 'Leave and join')).toBeVisible();
});

test('a room that cannot be started again shows the reason', async ({ page }) => {
  await page.goto('/?fake=failed-server');
  await expect(button(page, 'Try again')).toBeVisible();
  await refuse(page, 'startRoom', 'host_failed');
  await button(page, 'Try again').click();
  await expect(page.getByRole('alert')).toContainText('This computer could not host a room.');
});

test('the error of an invite is not shown in the settings', async ({ page }) => {
  await page.goto('/?fake=home');
  await page.getByRole('textbox', { name: 'Invite link' }).fill('see you later');
  await button(page, 'Join').click();
  await expect(page.getByText('There is no invite in this text.')).toBeVisible();
  await button(page, 'Settings').click();
  await expect(button(page, 'Save')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

for (const [kind, name] of [
  ['Latin', 'Wolfeschlegelsteinhausenbergerdorff-Llanfairpwllgwyngyllgog'],
  ['Chinese', '一二三四五六七八九十'.repeat(6)],
  ['Arabic', 'عبدالرحمن'.repeat(7).slice(0, 60)],
]) {
  test(`in ${kind}, a name of sixty letters stays inside a small window`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 480 });
    for (const scene of ['lobby', 'call-2', 'call-mixed', 'call-troubled', 'call-safety', 'call-unchecked']) {
      await page.goto(`/?fake=${scene}`);
      await expect(page.locator('h1, .tile').first()).toBeVisible();
      await page.evaluate((name = '') => {
        const peers = window.__fake?.view.room?.peers.map((peer) => ({ ...peer, name })) ?? [];
        const guest = {
          id: 'e'.repeat(32),
          name,
          entered: false,
          presence: 'online' as const,
          role: 'answerer' as const,
          guest: false,
          safety_binding: 'b1'.repeat(32),
        };
        window.__fake?.pushRoom({ name, peers: [...peers, guest] });
      }, name);
      await expect(
        page
          .locator('main, form')
          .getByText(name ?? '')
          .first(),
      ).toBeAttached();
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll('#app :is(p, div, span, button, input)')]
          .filter((part) => !part.closest('.visually-hidden, .name, .meter'))
          .filter((part) => {
            const { left, right, width } = part.getBoundingClientRect();
            const around = part.closest('.tile')?.getBoundingClientRect() ?? { left: 0, right: innerWidth };
            return width > 0 && (left < around.left - 1 || right > around.right + 1);
          })
          .map(({ className }) => className),
      );
      expect(outside, scene).toEqual([]);
    }
  });
}

test('blocked sound is offered as long as somebody is not heard', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(HTMLAudioElement.prototype, 'play', {
      value: () => Promise.reject(new DOMException('', 'NotAllowedError')),
    });
  });
  await page.goto('/?fake=call-3');
  const on = button(page, 'Turn sound on');
  await expect(on).toBeVisible();
  const keep = (count: number) =>
    page.evaluate((count) => {
      window.__fake?.pushRoom({ peers: window.__fake.view.room?.peers.slice(0, count) ?? [] });
    }, count);
  await keep(1);
  await expect(page.locator('.tile')).toHaveCount(2);
  await expect(on).toBeVisible();
  await keep(0);
  await expect(on).toHaveCount(0);
});

test('a person who hears nobody yet reads so above the controls, and Leave stays in a small window', async ({
  page,
}) => {
  await page.addInitScript(() => {
    Object.defineProperty(HTMLAudioElement.prototype, 'play', {
      value: () => Promise.reject(new DOMException('', 'NotAllowedError')),
    });
  });
  await page.setViewportSize({ width: 320, height: 480 });
  await page.goto('/?fake=call-3');
  await expect(page.getByText('You cannot hear the others yet.')).toBeInViewport({ ratio: 1 });
  await expect(button(page, 'Turn sound on')).toHaveText('Turn sound on');
  for (const name of ['Turn sound on', 'Mute', 'React', 'More', 'Leave'])
    await expect(button(page, name)).toBeInViewport({ ratio: 1 });
});
