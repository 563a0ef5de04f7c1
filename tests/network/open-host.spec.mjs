import { waitFor } from '../e2e/harness/wait.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { startCall } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test("two homes talk through the host's router, and no server is anywhere", async ({
  internet,
  coturn,
  startAppOn,
}, info) => {
  const home = internet.addHome('cone');
  const daemon = await new Miniupnpd(home, info.outputPath('router'), ['pcp', 'upnp']).start();
  const settings = { ice_servers: [{ urls: [coturn.stun] }] };
  const options = /** @type {const} */ ({ hostsOwnRooms: true, reach: 'open', settings });
  const anna = await startAppOn('anna', internet.addHost('anna', home), options);
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')), options);
  const [a, b] = await startCall(anna, ben);
  for (const page of [a, b]) {
    expect(await page.linkStats()).toMatchObject([{ candidatePair: expect.not.stringContaining('relay') }]);
  }
  expect(daemon.rules()).toContain('dnat ip to 192.168.1.10');
  await anna.window.click('button', 'Leave');
  await waitFor('the port is closed', () => !daemon.rules().includes('dnat'));
});
