import net from 'node:net';
import { hostRoom, pageGone, startRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';

test('Home, a room, its invite and the companion; closing the window ends everything', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  await anna.window.find('button', 'Start a room');
  expect(await anna.window.has('textbox', 'Invite link')).toBe(true);

  const page = await startRoom(anna);
  const invite = await anna.invite();
  expect(invite).toMatch(/^parlour:\/\/join\/[^/]+\/[\w-]+$/);
  for (const name of ['Copy invite', 'Show call', 'Leave']) await anna.window.find('button', name);
  await anna.window.reads('The call runs in');
  await page.enter('Anna');
  await expect(page.page.getByRole('textbox', { name: 'Invite', exact: true })).toHaveValue(invite);
  await anna.window.reads('In the call');

  await anna.close();
});

test('leaving from the companion goes home and closes the call page', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await anna.window.click('button', 'Leave');
  await anna.window.find('button', 'Start a room');
  await until('the browser ends', () => !page.browser.isConnected());
});

test('settings survive a restart', async ({ start }) => {
  const first = await start({ profile: 'anna' });
  await first.window.click('button', 'Settings');
  await first.window.fill('Your name', 'Änna 会客厅');
  await first.window.choose('Theme', 'Dark');
  await first.window.click('button', 'Save');
  await first.window.reads('Saved');
  const dark = await first.window.run('return getComputedStyle(document.body).backgroundColor');
  await first.close();

  const second = await start({ profile: 'anna', dir: first.dir });
  await second.window.find('button', 'Start a room');
  expect(await second.window.run('return getComputedStyle(document.body).backgroundColor')).toBe(dark);
  await second.window.click('button', 'Settings');
  expect(await second.window.value('Your name')).toBe('Änna 会客厅');
  expect(await second.window.chosen('Theme')).toBe('Dark');
});

test('a link as argument opens the lobby; pasted text is searched for one; garbage gets its sentence', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const invite = await anna.invite();

  const ben = await start({ profile: 'ben', link: invite });
  const page = await ben.page();
  await expect(page.page.getByText('Anna is here.')).toBeVisible();
  expect(await ben.invite()).toBe(invite);
  await ben.window.click('button', 'Leave');
  await ben.window.fill('Invite link', `come over: ${invite} (Anna)`);
  await ben.window.click('button', 'Join');
  await expect((await ben.page()).page.getByText('Anna is here.')).toBeVisible();
  await ben.window.click('button', 'Leave');

  await ben.window.fill('Invite link', 'see you at eight');
  await ben.window.click('button', 'Join');
  await ben.window.reads('There is no invite in this text.');
  await ben.window.fill('Invite link', invite.slice(0, -4));
  await ben.window.click('button', 'Join');
  await ben.window.reads('This invite is incomplete or damaged.');

  const chen = await start({ profile: 'chen', link: 'parlour://nonsense' });
  await chen.window.reads('The link you opened is incomplete or damaged.');
  await chen.window.find('button', 'Start a room');
});

test('a link that is clicked comes to the Parlour that runs, and asks before it ends a call', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', usual: true });
  const own = await hostRoom(ben, 'Ben');
  const earlier = await ben.invite();
  await own.leave();
  await pageGone(own);
  await ben.window.find('button', 'Start a room');

  const invite = await anna.invite();
  await Promise.all([ben.click(invite), ben.click(invite)]);
  const page = await ben.page();
  await expect(page.page.getByText('Anna is here.')).toBeVisible();
  await page.button('Enter').click();
  await page.media(1, 5);
  expect(await anna.window.run('return document.querySelectorAll("[data-peer]").length')).toBe(1);
  await Promise.all([ben.click(earlier), ben.click(earlier)]);
  await ben.window.reads('Leave this call and join the other room');
  await page.page.getByRole('button', { name: 'Stay here' }).click();
  await page.media(1, 5);
});

test('a link to a server that was never used asks first, and only once', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const [, port, code] = /:(\d+)\/([\w-]+)$/.exec(await anna.invite()) ?? [];
  // This computer is known by its addresses, not by every name that leads to it.
  const link = `parlour://join/ws+localhost:${port}/${code}`;
  const asks = `Join a room at localhost:${port}?`;

  const ben = await start({ profile: 'ben', link });
  await ben.window.find('heading', asks);
  await ben.window.reads('You have not used this server before.');
  await ben.window.click('button', 'Cancel');
  await ben.window.fill('Invite link', `come over: ${link}`);
  await ben.window.click('button', 'Join');
  await ben.window.find('heading', asks);
  expect(ben.redirects(), 'no browser was opened').toEqual([]);
  expect(await anna.window.text(), 'nobody came').toContain('Nobody else yet.');
  await ben.window.click('button', 'Join');
  const page = await ben.page();
  await expect(page.page.getByText('Anna is here.')).toBeVisible();
  await ben.window.click('button', 'Leave');
  await pageGone(page);

  await ben.window.fill('Invite link', link);
  await ben.window.click('button', 'Join');
  await expect((await ben.page()).page.getByText('Anna is here.')).toBeVisible();
});

test('a room that nobody hosts says so and leads back home', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  await startRoom(anna);
  const code = (await anna.invite()).split('/').at(-1);
  await anna.remove();

  const ben = await start({ profile: 'ben', link: `parlour://join/127.0.0.1:${await closedPort()}/${code}` });
  await ben.window.reads('The room could not be reached.', 30_000);
  await ben.window.click('button', 'Back');
  await ben.window.find('button', 'Start a room');
});

/** @returns {Promise<number>} a port where nothing listens */
const closedPort = () =>
  new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => done(port));
    });
  });
