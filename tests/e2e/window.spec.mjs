import net from 'node:net';
import { hostRoom, waitForPageClosed, startRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { waitFor } from './harness/wait.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { TcpProxy } from './proxy/tcp-proxy.mjs';

test('a room can be started from Home, and closing the window ends app and browser', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  await anna.window.find('button', 'Start a room');
  expect(await anna.window.has('textbox', 'Invite link')).toBe(true);

  const page = await startRoom(anna);
  const invite = await anna.invite();
  expect(invite).toMatch(/^parlour:\/\/join\/[^/]+\/[\w-]+$/);
  for (const name of ['Copy invite', 'Show call', 'Leave']) await anna.window.find('button', name);
  await anna.window.waitForText('The call runs in');
  await page.enter('Anna');
  await expect(page.page.getByRole('textbox', { name: 'Invite', exact: true })).toHaveValue(invite);
  await anna.window.waitForText('In the call');

  await anna.close();
});

test('leaving from the companion returns to Home and closes the call page', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await anna.window.click('button', 'Leave');
  await anna.window.find('button', 'Start a room');
  await waitFor('the browser exits', () => !page.browser.isConnected());
});

test('settings survive a restart', async ({ startApp }) => {
  const first = await startApp({ profile: 'anna' });
  await first.window.click('button', 'Settings');
  await first.window.fill('Your name', 'Änna 会客厅');
  await first.window.selectOption('Theme', 'Dark');
  await first.window.click('button', 'Save');
  await first.window.waitForText('Saved');
  const dark = await first.window.execute('return getComputedStyle(document.body).backgroundColor');
  await first.close();

  const second = await startApp({ profile: 'anna', dir: first.dir });
  await second.window.find('button', 'Start a room');
  expect(await second.window.execute('return getComputedStyle(document.body).backgroundColor')).toBe(dark);
  await second.window.click('button', 'Settings');
  expect(await second.window.inputValue('Your name')).toBe('Änna 会客厅');
  expect(await second.window.selectedOption('Theme')).toBe('Dark');
});

test('a link as argument opens the lobby, pasted text is searched for a link, and invalid text gets an error', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const invite = await anna.invite();

  const ben = await startApp({ profile: 'ben', link: invite });
  const page = await ben.callPage();
  await expect(page.page.getByText('Anna is here.')).toBeVisible();
  expect(await ben.invite()).toBe(invite);
  await ben.window.click('button', 'Leave');
  await ben.window.fill('Invite link', `come over: ${invite} (Anna)`);
  await ben.window.click('button', 'Join');
  await expect((await ben.callPage()).page.getByText('Anna is here.')).toBeVisible();
  await ben.window.click('button', 'Leave');

  await ben.window.fill('Invite link', 'see you at eight');
  await ben.window.click('button', 'Join');
  await ben.window.waitForText('There is no invite in this text.');
  await ben.window.fill('Invite link', invite.slice(0, -4));
  await ben.window.click('button', 'Join');
  await ben.window.waitForText('This invite is incomplete, or it was changed on its way.');

  const chen = await startApp({ profile: 'chen', link: 'parlour://nonsense', answersCard: false });
  await chen.window.waitForText('The link you opened is incomplete, or it was changed on its way.');
  await chen.window.find('button', 'Start a room');
});

test('a clicked link goes to the running instance, which asks before it ends a call', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', defaultProfile: true });
  const own = await hostRoom(ben, 'Ben');
  const earlier = await ben.invite();
  await own.leave();
  await waitForPageClosed(own);
  await ben.window.find('button', 'Start a room');

  const invite = await anna.invite();
  await Promise.all([ben.openLink(invite), ben.openLink(invite)]);
  await ben.acceptLink();
  const page = await ben.callPage();
  await expect(page.page.getByText('Anna is here.')).toBeVisible();
  await page.button('Enter').click();
  await page.waitForMedia(1, 5);
  expect(await anna.window.execute('return document.querySelectorAll("[data-peer]").length')).toBe(1);
  await Promise.all([ben.openLink(earlier), ben.openLink(earlier)]);
  await ben.window.waitForText('Joining ends your call.');
  await page.page.getByRole('button', { name: 'Not now' }).click();
  await page.waitForMedia(1, 5);
});

test('a clicked link connects nowhere and opens no camera before a person joins', async ({
  startApp,
}, info) => {
  const server = await ParlourServer.start({ log: info.outputPath('parlour-server.log') });
  const door = await TcpProxy.start(server.port);
  try {
    const anna = await startApp({ profile: 'anna' });
    await hostRoom(anna, 'Anna');
    // The code of a room, at a server that counts who comes.
    const code = (await anna.invite()).split('/').at(-1);
    const link = `parlour://join/127.0.0.1:${door.port}/${code}`;

    const ben = await startApp({ profile: 'ben', link, defaultProfile: true, answersCard: false });
    await ben.window.waitForText('On this computer');
    await ben.window.waitForText('Camera and microphone are off.');
    await ben.window.click('button', 'Not now');
    await ben.window.find('button', 'Start a room');
    await ben.openLink(link);
    await ben.window.find('heading', 'Join a room?');
    expect(door.connectionCount, 'nobody has connected').toBe(0);
    expect(ben.redirectFiles(), 'no page that could ask for a camera was opened').toEqual([]);

    await ben.acceptLink();
    const page = await ben.callPage();
    await expect(page.button('Enter')).toBeEnabled();
    await expect(page.page.getByText('Nobody else is here yet.')).toBeVisible();
    expect(door.connectionCount).toBeGreaterThan(0);

    // One returns to the room without a question.
    await ben.window.click('button', 'Leave');
    await waitForPageClosed(page);
    await ben.openLink(link);
    await expect((await ben.callPage()).button('Enter')).toBeEnabled();
  } finally {
    door.stop();
    await server.stop();
  }
});

test('a link to a room that nobody hosts shows an error and leads back to Home', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  await startRoom(anna);
  const code = (await anna.invite()).split('/').at(-1);
  await anna.remove();

  const ben = await startApp({
    profile: 'ben',
    link: `parlour://join/127.0.0.1:${await closedPort()}/${code}`,
  });
  await ben.window.waitForText('does not answer.', 30_000);
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
