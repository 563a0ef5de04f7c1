import { ConnectionCheck } from '../e2e/harness/connection-check.mjs';
import { startRoom } from '../e2e/harness/steps.mjs';
import { expect, test } from './fixtures.mjs';
import { atHome } from './steps.mjs';

test('a person whose network blocks UDP is told so before the call', async ({
  internet,
  stun,
  startAppOn,
}) => {
  const anna = await startAppOn('anna', atHome(internet, 'anna', 'no_udp'), {
    hostsOwnRooms: true,
    settings: { ice_servers: [{ urls: [stun.url] }] },
  });
  const check = await ConnectionCheck.open(await startRoom(anna));
  expect(await check.expectWorst('udp_blocked')).toBe('This network blocks what calls are made of (UDP).');
  await expect(check.finding('udp_blocked')).toContainText('In this network');
  await expect(check.finding('udp_blocked')).toContainText('Use another network');
});
