import { ConnectionCheck } from './harness/connection-check.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { joinRoom, startRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

test('the check says before and in a call what works, who is reached how, and gives a report without addresses', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await startRoom(anna);

  await test.step('before the call it shows devices, network and room', async () => {
    const check = await ConnectionCheck.open(a);
    await check.expectFindings('camera_works', 'microphone_works', 'network_works', 'room_here');
    // Nothing on the internet is asked in tests.
    await check.expectFindings('web_unknown', 'udp_unknown', 'turn_none', 'relays_none', 'router_off');
    await expect(check.dialog.getByText('Nothing stands in the way of calls.').first()).toBeVisible();
    await check.close();
  });

  const ben = await startApp({ profile: 'ben' });
  await a.enter('Anna');
  const b = await joinRoom(ben, await anna.invite());
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1), b.waitForMedia(1)]);
  const check = await ConnectionCheck.open(a);

  await test.step('in the call it shows by which way the other is reached', async () => {
    await check.expectFindings('way_network');
    await expect(check.finding('way_network')).toContainText('Ben');
    await expect(check.finding('way_network')).toContainText('Directly: both are in the same network.');
  });

  await test.step('a device that is turned off is told', async () => {
    await check.close();
    await a.button('Turn camera off').click();
    await ConnectionCheck.open(a);
    await check.expectFindings('camera_off', 'microphone_works');
  });

  await test.step('the graphs get points', async () => {
    const person = check.finding('way_network');
    await person.getByText('The last two minutes').click();
    await expect(person.locator('canvas')).toHaveCount(4);
    for (const shown of [/Round trip: \d+ ms/, /Received and sent: \d+ \/ \d+ kbit\/s/, /Picture: \d+ lines/])
      await expect(person.getByText(shown)).toBeVisible();
    const rate = person.locator('canvas').nth(2);
    await waitFor('a line is drawn in the graph of the rate', () => rate.evaluate(hasDrawn));
  });

  await test.step('the report that is copied has no address', async () => {
    await a.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await check.dialog.getByRole('button', { name: 'Copy report' }).click();
    await expect(check.dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
    const report = await a.page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain('connection check');
    expect(report).toContain('OK: #1: Directly: both are in the same network.');
    expect(report).toMatch(/This side: (\d+\.\d+\.x\.x|\[[\da-f]+:x\]):\d+ · own address \(host\)/);
    expect(report).not.toMatch(/\d+\.\d+\.\d+\.\d+|([\da-f]*:){3}|Ben/);
  });
});

/** @param {HTMLCanvasElement | SVGElement | HTMLElement} element */
function hasDrawn(element) {
  const canvas = /** @type {HTMLCanvasElement} */ (element);
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels?.some((value) => value > 0) ?? false;
}
