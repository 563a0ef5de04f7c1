import { expect, test, type Page } from '@playwright/test';
import jsqr from 'jsqr';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test.use({ locale: 'en-GB' });

test('the last room that was not left can be entered again or forgotten', async ({ page }) => {
  await page.goto('/?fake=again');
  await button(page, 'Return to the room').click();
  await expect(button(page, 'Leave')).toBeVisible();
  await page.goto('/?fake=again');
  await button(page, 'Not now').click();
  await expect(button(page, 'Return to the room')).toBeHidden();
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('the keyboard alone leads into a room and out again', async ({ page }) => {
  await page.goto('/?fake=home');
  await button(page, 'Start a room').focus();
  await page.keyboard.press('Enter');

  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ada');
  await expect(page.getByRole('meter', { name: 'Microphone level' })).toBeVisible();
  await expect(button(page, 'Enter')).toBeFocused();
  await page.keyboard.press('Enter');

  const invite = page.getByRole('textbox', { name: 'Invite', exact: true });
  await expect(invite).toHaveValue(/^parlour:\/\/join\//);
  await expect(invite).toHaveAttribute('readonly');
  await expect(page.getByRole('group', { name: 'You', exact: true })).toBeVisible();

  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
  await page.keyboard.press('m');
  await expect(button(page, 'Mute')).toBeVisible();
  await page.keyboard.press('v');
  await expect(button(page, 'Turn camera on')).toBeVisible();
  await expect(page.getByRole('group', { name: 'You' }).getByText('Camera off')).toBeVisible();

  await page.keyboard.press('Tab');
  for (let step = 0; step < 12; step += 1) {
    if (await button(page, 'Leave').evaluate((leave) => leave === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await expect(button(page, 'Leave')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('an invite inside a longer message is enough to join', async ({ page }) => {
  await page.goto('/?fake=home');
  await page
    .getByRole('textbox', { name: 'Invite link' })
    .fill('Tea at five? parlour://join/192.168.1.20:46800/AUbTn2c0kq1hVx9Zr4WmPwFyQ3 — Mei');
  await page.keyboard.press('Enter');
  await expect(button(page, 'Enter')).toBeVisible();
  await expect(page.getByText('Nobody else is here yet.')).toBeVisible();
});

test('a text without an invite stays, with the error at the field', async ({ page }) => {
  await page.goto('/?fake=home');
  const field = page.getByRole('textbox', { name: 'Invite link' });
  await field.fill('see you later');
  await button(page, 'Join').click();
  await expect(field).toHaveValue('see you later');
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/There is no invite in this text/);
  await field.press('End');
  await field.pressSequentially('!');
  await expect(field).not.toHaveAttribute('aria-invalid');
});

test('the lobby names the people inside and the reason for a missing picture', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await expect(page.getByText('Mei is here.')).toBeVisible();
  await page.goto('/?fake=lobby-denied');
  await expect(page.getByText("Parlour isn't allowed to use the camera and the microphone.")).toBeVisible();
  await button(page, 'Enter').click();
  await expect(page.getByRole('textbox', { name: 'Invite', exact: true })).toBeVisible();
});

test('people in a call are groups with name, marks and picture', async ({ page }) => {
  await page.goto('/?fake=call-mixed');
  const jonas = page.getByRole('group', { name: 'Jonas', exact: true });
  await expect(jonas.getByText('Muted')).toBeVisible();
  await expect(jonas.locator('video')).toHaveCount(1);
  await expect(jonas).toHaveAttribute('data-peer', /^[0-9a-f]{32}$/);
  await expect(page.getByRole('group', { name: 'Somebody' }).getByText('Camera off')).toBeVisible();
  await expect(page.getByText('Priya is at the door')).toBeVisible();
  await expect(
    page.getByRole('group', { name: '王小明' }).getByText('Reconnecting to 王小明…'),
  ).toBeVisible();
});

test('people who come and go are announced', async ({ page }) => {
  await page.goto('/?fake=call-1');
  const said = page.locator('[aria-live=polite]').last();
  const peer = {
    id: 'a'.repeat(32),
    name: 'Mei',
    entered: false,
    presence: 'online' as const,
    role: 'answerer' as const,
    guest: false,
    safety_binding: 'b1'.repeat(32),
  };
  await expect(page.getByRole('heading', { name: 'The room is open' })).toBeVisible();
  await page.evaluate((peer) => window.__fake?.pushRoom({ peers: [peer] }), peer);
  await expect(page.getByRole('status').filter({ hasText: 'Mei is at the door' })).toBeVisible();
  await page.evaluate((peer) => window.__fake?.pushRoom({ peers: [{ ...peer, entered: true }] }), peer);
  await expect(said).toHaveText('Mei came in');
  await page.evaluate(() => window.__fake?.pushRoom({ peers: [] }));
  await expect(said).toHaveText('Mei left');
  await expect(page.getByText('Everyone else has left. The room stays open.')).toBeVisible();
});

test('a room that its host has closed says so and leads back', async ({ page }) => {
  await page.goto('/?fake=call-closed');
  await expect(page.getByRole('heading', { name: 'The host has closed the room' })).toBeVisible();
  await expect(button(page, 'Copy invite')).toHaveCount(0);
  await expect(page.getByText('Reconnecting')).toHaveCount(0);
  await button(page, 'Back to the start page').click();
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('the call goes on when the host has left', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.evaluate(() =>
    window.__fake?.pushRoom({ connection: 'reconnecting', host: 'left', hosting: false }),
  );
  await expect(page.getByText('The host has left. Your call goes on; nobody new can join.')).toBeVisible();
  await expect(page.getByRole('group', { name: 'Mei' })).toBeVisible();
});

test('alone in the lobby, the invite is at hand', async ({ page }) => {
  await page.goto('/?fake=lobby-alone');
  await button(page, 'Copy invite').click();
  await expect(page.locator('[aria-live=polite]').last()).toHaveText('The invite is on your clipboard.');
  await page.goto('/?fake=lobby');
  await expect(button(page, 'Enter')).toBeVisible();
  await expect(button(page, 'Copy invite')).toHaveCount(0);
});

test('starting a room leaves the clipboard alone', async ({ page }) => {
  await page.goto('/?fake=home');
  await button(page, 'Start a room').click();
  await expect(page.getByText('Nobody else').first()).toBeVisible();
  expect(await page.evaluate(() => window.__fake?.calls.map(({ name }) => name))).not.toContain('copyInvite');
});

test('copying the invite is announced', async ({ page }) => {
  await page.goto('/?fake=companion');
  await button(page, 'Copy invite').click();
  await expect(button(page, 'Copy invite').getByText('Copied')).toBeVisible();
  await expect(page.locator('[aria-live=polite]').last()).toHaveText('The invite is on your clipboard.');
});

test('tiles do not overlap each other or the controls', async ({ page }) => {
  for (const count of [3, 5, 8]) {
    for (const size of [
      { width: 360, height: 480 },
      { width: 1440, height: 900 },
    ]) {
      await page.setViewportSize(size);
      await page.goto(`/?fake=call-${count}`);
      await expect(page.getByRole('main').getByRole('group')).toHaveCount(count);
      await expect(async () => {
        const boxes = await page
          .locator('.tile, .bar')
          .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
        boxes.forEach((a, i) => {
          expect(a.left >= 0 && a.right <= size.width && a.bottom <= size.height).toBe(true);
          for (const b of boxes.slice(i + 1)) {
            const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1;
            expect(over && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1).toBe(false);
          }
        });
      }).toPass();
    }
  }
});

test('theme and language take effect and are kept at once; other edits wait for Save', async ({ page }) => {
  await page.goto('/?fake=home');
  await button(page, 'Settings').click();
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('简体中文');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible();
  await button(page, '返回').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await button(page, '设置').click();
  await expect(page.getByRole('combobox', { name: '主题' })).toHaveValue('dark');

  await page.getByRole('textbox', { name: '你的名字' }).fill('Zoë');
  await page.getByRole('combobox', { name: '语言' }).selectOption('English');
  await button(page, 'Back').click();
  await expect(page.getByRole('dialog', { name: 'You have unsaved changes' })).toBeVisible();
  await page.keyboard.press('Escape');
  await button(page, 'Back').click();
  await button(page, 'Discard').click();
  await expect(button(page, 'Start a room')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await page.evaluate(() => window.__fake?.view.settings)).toMatchObject({
    name: 'Ada',
    language: 'en',
  });

  await button(page, 'Settings').click();
  await page.getByRole('textbox', { name: 'Your name' }).fill('Mei');
  await button(page, 'Save').click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await button(page, 'Back').click();
  await button(page, 'Start a room').click();
  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Mei');
});

test('settings that the backend refuses are marked at their field', async ({ page }) => {
  await page.goto('/?fake=settings-refused');
  await button(page, 'Settings').click();
  await page.getByRole('radio', { name: /Host on a Parlour server/ }).check();
  const address = page.getByRole('textbox', { name: 'Server address' });
  await address.fill('not an address');
  await button(page, 'Save').click();
  await expect(address).toBeFocused();
  await expect(address).toHaveAccessibleDescription(/^This is not the address of a server\./);
  await expect(address).toHaveValue('not an address');
});

test('a refused field among the settings that are folded away is shown', async ({ page }) => {
  await page.goto('/?fake=settings-refused-relays');
  await button(page, 'Settings').click();
  const relays = page.getByRole('textbox', { name: 'Relays of your rooms' });
  await expect(relays).toBeHidden();
  await button(page, 'Save').click();
  await expect(relays).toBeFocused();
  await expect(relays).toHaveAccessibleDescription(/^Each is the name of a relay/);
});

test('a room that is found by relays is not closed when its host has left', async ({ page }) => {
  await page.goto('/?fake=call-relays-left');
  await expect(page.getByText('relays are being asked, so that others can join again')).toBeVisible();
  await page.evaluate(() => window.__fake?.pushRoom({ peers: [] }));
  await expect(page.getByRole('heading', { name: 'The room is out of reach' })).toBeVisible();
  await expect(button(page, 'Copy invite')).toBeVisible();
});

test('a TURN server has a username and a hidden password', async ({ page }) => {
  await page.goto('/?fake=home');
  await button(page, 'Settings').click();
  await button(page, 'Add a server').click();
  await page.getByRole('textbox', { name: 'Addresses' }).fill('turn:turn.example.org');
  await page.getByRole('textbox', { name: 'User name' }).fill('ada');
  const password = page.getByLabel('Password');
  await expect(password).toHaveAttribute('type', 'password');
  await password.fill('one two');
  await button(page, 'Save').click();
  const saved = await page.evaluate(() => window.__fake?.view.settings.ice_servers);
  expect(saved).toEqual([{ urls: ['turn:turn.example.org'], username: 'ada', credential: 'one two' }]);
  await button(page, 'Remove server 1').click();
  await expect(page.getByRole('textbox', { name: 'Addresses' })).toHaveCount(0);
});

test('who is refused for want of an access token finds its hidden field', async ({ page }) => {
  await page.goto('/?fake=failed-access');
  await expect(page.getByRole('alert')).toContainText('Ask whoever runs it for the token');
  await button(page, 'Settings').click();
  await page.getByRole('radio', { name: /Host on a Parlour server/ }).check();
  await page.getByRole('textbox', { name: 'Server address' }).fill('parlour.example.org');
  const token = page.getByLabel('Access token');
  await expect(token).toHaveAttribute('type', 'password');
  await token.fill(' north-wind-and-sun ');
  await button(page, 'Save').click();
  const saved = await page.evaluate(() => window.__fake?.view.settings.hosting);
  const hosting = { kind: 'server', address: 'parlour.example.org', access_token: 'north-wind-and-sun' };
  expect(saved).toEqual(hosting);
});

test('a clicked link opens a card, and not now leaves everything as it is', async ({ page }) => {
  await page.goto('/?fake=pending');
  const card = page.getByRole('dialog', { name: 'Join a room?' });
  await expect(card).toHaveAccessibleDescription(/At parlour\.example\.org.*Camera and microphone are off/);
  await expect(card).not.toContainText('Not encrypted');
  await card.getByRole('button', { name: 'Not now' }).click();
  await expect(card).toHaveCount(0);
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('the card says which room, and joins under the name that stands there', async ({ page }) => {
  await page.goto('/?fake=pending-many');
  const card = page.getByRole('dialog', { name: 'Join a room?' });
  const places = card.getByRole('listitem');
  await expect(places).toHaveText([
    /^\s*On your own network\s*$/,
    /^\s*At a-very-long-name.*example\.org:18420\s*$/,
    /^\s*At 203\.0\.113\.7:18420\s+Not encrypted\s*$/,
  ]);
  const name = card.getByRole('textbox', { name: 'Your name' });
  await expect(name).toHaveValue('נועה');
  await name.fill('Noa');
  await card.getByRole('button', { name: 'Join' }).click();
  await expect(button(page, 'Enter')).toBeVisible();
  const answer = await page.evaluate(() =>
    window.__fake?.calls.find(({ name }) => name === 'answerPendingJoin'),
  );
  expect(answer?.args).toEqual([1, 'Noa']);
});

test('a card during a call says that the call ends', async ({ page }) => {
  await page.goto('/?fake=pending-call');
  const card = page.getByRole('dialog', { name: 'Leave this call for another room?' });
  await expect(card).toContainText('Joining ends your call.');
  await expect(card.getByRole('button', { name: 'Leave and join' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);
  await expect(button(page, 'Leave')).toBeVisible();
});

test('a key or a click that was meant for something else does not join', async ({ page }) => {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1_000);
  await page.goto('/?fake=pending');
  const card = page.getByRole('dialog', { name: 'Join a room?' });
  await expect(card.getByRole('heading')).toBeFocused();
  for (const key of ['Enter', 'Space']) await page.keyboard.press(key);
  const join = card.getByRole('button', { name: 'Join' });
  await expect(join).toBeDisabled();
  await page.clock.runFor(500);
  await expect(join).toBeEnabled();

  // Another link takes the place of the card: it is new, and has to be read.
  await join.focus();
  await page.evaluate(() =>
    window.__fake?.push({
      pending: {
        number: 2,
        leaves: false,
        places: [{ kind: 'server', host: 'evil.example', encrypted: true }],
      },
    }),
  );
  await expect(card).toContainText('At evil.example');
  await expect(card.getByRole('heading')).toBeFocused();
  await expect(join).toBeDisabled();
  expect(await page.evaluate(() => window.__fake?.calls.map(({ name }) => name))).not.toContain(
    'answerPendingJoin',
  );
  // Every field and button is reached by the keyboard.
  await page.clock.runFor(500);
  for (const control of [card.getByRole('textbox'), card.getByRole('button', { name: 'Not now' }), join]) {
    await page.keyboard.press('Tab');
    await expect(control).toBeFocused();
  }
  await page.keyboard.press('Enter');
  await expect(button(page, 'Enter')).toBeVisible();
});

test('the invite is shown once, with both ends, and as a QR code that decodes', async ({ page }) => {
  for (const [colorScheme, view] of [
    ['dark', 'companion'],
    ['light', 'call-1'],
    ['light', 'call-3'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 640 });
    await page.goto(`/?fake=${view}`);
    const opens = button(page, 'Invite');
    if (view === 'call-3') {
      // In a small window it is in the menu.
      await button(page, 'More').click();
      await opens.click();
    } else {
      await expect(opens).toHaveCount(0);
    }
    await expect(button(page, 'Copy invite')).toHaveCount(1);
    const link = await page.getByRole('textbox', { name: 'Invite', exact: true }).inputValue();
    await expect(page.getByText(link.slice(-8), { exact: true })).toBeVisible();

    const code = page.getByRole('img', { name: 'QR code of the invite' });
    await expect(code).toHaveCount(0);
    await button(page, 'Show QR code').click();
    expect(await read(page, await code.screenshot())).toBe(link);
    await button(page, 'Hide QR code').click();
    await expect(code).toHaveCount(0);
  }
});

/** Decodes the QR code on the page. */
async function read(page: Page, png: Buffer): Promise<string | undefined> {
  const { width, height, data } = await page.evaluate(
    async (url) => {
      const picture = await createImageBitmap(await (await fetch(url)).blob());
      const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
      if (!pen) throw new Error('no canvas');
      pen.drawImage(picture, 0, 0);
      const { data } = pen.getImageData(0, 0, picture.width, picture.height);
      return { width: picture.width, height: picture.height, data: [...data] };
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  return jsqr(Uint8ClampedArray.from(data), width, height, { inversionAttempts: 'dontInvert' })?.data;
}

test('the companion shows the state of the page of the call', async ({ page }) => {
  await page.goto('/?fake=companion-closed');
  await expect(page.getByText('The call window is closed.')).toBeVisible();
  await button(page, 'Show call').click();
  await expect(page.getByText('The call runs in Chromium.')).toBeVisible();
  await button(page, 'Leave').click();
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('long words do not change the shape of the page', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 480 });
  await page.goto('/?fake=companion');
  await expect(button(page, 'Copy invite')).toBeVisible();
  const name = 'Wolfeschlegelsteinhausenbergerdorff-Llanfairpwllgwyngyllgogery';
  await page.evaluate(
    (name) =>
      window.__fake?.pushRoom({
        name,
        peers: [
          {
            id: 'b'.repeat(32),
            name,
            entered: true,
            presence: 'away',
            role: 'offerer',
            guest: false,
            safety_binding: 'b1'.repeat(32),
          },
          {
            id: 'c'.repeat(32),
            name: 'عبد الرحمن بن محمد',
            entered: false,
            presence: 'online',
            role: 'offerer',
            guest: false,
            safety_binding: 'b1'.repeat(32),
          },
        ],
      }),
    name,
  );
  await expect(page.getByText('عبد الرحمن بن محمد', { exact: true })).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test('without a name the lobby says how the others will see one', async ({ page }) => {
  await page.goto('/?fake=lobby');
  const name = page.getByRole('textbox', { name: 'Your name' });
  await expect(name).not.toHaveAccessibleDescription(/Somebody/);
  await name.fill(' ');
  await expect(name).toHaveAccessibleDescription('Without a name the others see “Somebody”.');
});

test('an announcement does not stay on the page as news', async ({ page }) => {
  await page.clock.install();
  await page.goto('/?fake=lobby-alone');
  await button(page, 'Copy invite').click();
  const said = page.locator('[aria-live=polite]').last();
  await expect(said).toHaveText('The invite is on your clipboard.');
  await page.clock.fastForward(11_000);
  await expect(said).toBeEmpty();
});

test('in a low window the list of keys is read from its beginning', async ({ page }) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await page.goto('/?fake=call-3');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('?');
  await expect(page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeInViewport();
});

for (const fake of ['lobby-denied', 'lobby-alone']) {
  test(`the whole lobby fits into a window of usual size: ${fake}`, async ({ page }) => {
    await page.setViewportSize({ width: 960, height: 664 });
    await page.goto(`/?fake=${fake}`);
    await page.getByRole('textbox', { name: 'Your name' }).fill('');
    for (const name of ['Copy invite', 'Enter', 'Play a test sound'])
      await expect(button(page, name)).toBeInViewport({ ratio: 1 });
  });
}

test('on a large screen the words are larger', async ({ page }) => {
  const size = () =>
    page.getByText('or join one').evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto('/?fake=home');
  const usual = await size();
  await page.setViewportSize({ width: 2560, height: 1440 });
  expect((await size()) / usual).toBeCloseTo(1.2, 1);
});

test('a person who left by mistake is one click away from the room', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Leave').click();
  await expect(page.getByText('You have left the room.')).toBeVisible();
  await button(page, 'Return to the room').click();
  await expect(button(page, 'Leave')).toBeVisible();
});

test('an address below a path is refused with what Parlour needs instead', async ({ page }) => {
  await page.goto('/?fake=settings-refused');
  await button(page, 'Settings').click();
  await page.getByRole('radio', { name: /Host on a Parlour server/ }).check();
  const address = page.getByRole('textbox', { name: 'Server address' });
  await address.fill('https://office.example/parlour');
  await button(page, 'Save').click();
  await expect(address).toHaveAccessibleDescription(/below a path \(\/parlour\)/);
});

test('the companion of a person without devices does not look as if they were heard and seen', async ({
  page,
}) => {
  await page.goto('/?fake=companion-missing');
  await expect(button(page, 'No microphone – try again')).toBeVisible();
  await expect(button(page, 'No camera – try again')).toBeVisible();
  await button(page, 'No microphone – try again').click();
  const calls = await page.evaluate(() => window.__fake?.calls.map(({ args }) => args[0]));
  expect(calls).toContain('toggle_microphone');
  await expect(page.getByText('Hosted by the computer of whoever started the room.')).toBeVisible();
  await expect(page.getByText('Hosted at')).toHaveCount(0);
});

test('the keyboard jumps over the people to the controls', async ({ page }) => {
  await page.goto('/?fake=call-8');
  await button(page, 'Mute').waitFor();
  const skip = button(page, 'Go to the controls');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('Tab');
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(button(page, 'Mute')).toBeFocused();
});

test('a shared screen can be paused, and the page says what the others see', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Share screen').click();
  await button(page, 'Pause').click();
  await expect(page.getByText('Paused: the others see a still picture.')).toBeVisible();
  await button(page, 'Resume').click();
  await expect(page.getByText('You are sharing your screen.')).toBeVisible();
});
