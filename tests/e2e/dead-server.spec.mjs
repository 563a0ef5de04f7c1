import http from 'node:http';
import { expect, test } from './harness/fixtures.mjs';

test("a dead server of one's own is named, and this computer hosts the room instead", async ({
  startAppUsingServer,
}, info) => {
  test.setTimeout(120_000);
  const anna = await startAppUsingServer('no-such-host.invalid', { profile: 'anna' });
  const { window } = anna;
  await window.waitForText('The room is hosted at no-such-host.invalid.');
  await window.click('button', 'Start a room');
  await window.waitForText('The server no-such-host.invalid was not found.', 60_000);
  await window.find('button', 'Settings');
  await window.screenshot(info.outputPath('dead-server.png'));

  await window.click('button', 'Host on this computer instead');
  await window.waitForText('This computer hosts the room.');
  expect(await anna.invite()).not.toContain('no-such-host');
});

test('Test in the settings says what answers at an address', async ({ startApp }, info) => {
  const website = http.createServer((_, response) => response.writeHead(404).end());
  await new Promise((resolve) => website.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (website.address());
  try {
    const { window } = await startApp({ profile: 'anna' });
    await window.click('button', 'Settings');
    await window.click('radio', 'Host on a Parlour server');
    await window.fill('Server address', `http://127.0.0.1:${port}`);
    await window.click('button', 'Test');
    await window.waitForText(`The server 127.0.0.1:${port} answers, but it is no Parlour server.`);
    await window.screenshot(info.outputPath('no-parlour-server.png'));
  } finally {
    website.close();
  }
});
