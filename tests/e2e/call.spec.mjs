import { hostRoom, joinRoom, waitForPageClosed, startRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { waitFor } from './harness/wait.mjs';

test('two people see and hear each other after the lobby, and see mute and camera off', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await startRoom(anna);
  await a.enter('Anna');
  await expect(a.button('Leave')).toBeVisible();
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();

  await test.step('in the lobby each is told of the other, and nothing connects', async () => {
    await expect(b.button('Enter')).toBeEnabled();
    await expect(b.page.getByText('Anna is here.')).toBeVisible();
    await expect(doorNotice(a)).toBeVisible();
    // Anna answers the offer while Ben is still in the lobby; Ben keeps the answer until he enters.
    await waitFor('Ben has offered, Anna has answered', async () => {
      const [[offered], [answered]] = await Promise.all([b.linkStats(), a.linkStats()]);
      return offered && answered && (await a.events()).some(({ what }) => what === 'signaling stable');
    });
    for (const page of [a, b]) {
      for (const link of await page.linkStats())
        expect(link).toMatchObject({ framesDecoded: 0, audioSeconds: 0 });
      expect((await page.events()).map(({ what }) => what)).not.toContain('connected');
    }
    // Anna's connectivity checks may reach Ben's connection, but without an answer it selects no candidate pair.
    expect((await b.events()).map(({ what }) => what)).not.toContain('signaling stable');
    for (const link of await b.linkStats()) expect(link.candidatePair).toBe('');
    await expect(b.tile('Anna')).toHaveCount(0);
  });

  await test.step('after Enter both see and hear each other', async () => {
    await b.enter('Ben');
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
    await expect(doorNotice(a)).toHaveCount(0);
    await expect(a.tile('You')).toBeVisible();
  });

  await test.step('mute arrives together with silence, and unmute with sound', async () => {
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(0);
    await b.button('Mute').click();
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(1);
    await waitForSilence(a);
    await b.button('Unmute').click();
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(0);
    await a.waitForMedia(1, 1);
  });

  await test.step('camera off arrives, and camera on again', async () => {
    await a.button('Turn camera off').click();
    await expect(b.tile('Anna').getByText('Camera off')).toHaveCount(1);
    await a.button('Turn camera on').click();
    await expect(b.tile('Anna').getByText('Camera off')).toHaveCount(0);
    await b.waitForMedia(1);
    await b.waitForVideo('Anna');
  });
});

test('a person leaves, returns with the copied link, and a third joins', async ({ startApp }) => {
  const [anna, ben] = [await startApp({ profile: 'anna' }), await startApp({ profile: 'ben' })];
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  let b = await joinRoom(ben, invite);
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  await test.step('Ben leaves, and Anna sees it', async () => {
    await b.leave();
    await expect(a.tile('Ben')).toHaveCount(0);
    await waitFor('no connection is left', async () => (await a.linkStats()).length === 0);
    await waitForPageClosed(b);
    await ben.window.find('button', 'Start a room');
  });

  await test.step('Ben returns with the link from the clipboard', async () => {
    await anna.window.click('button', 'Copy invite');
    await ben.window.paste('Invite link');
    expect(await ben.window.inputValue('Invite link')).toContain(invite);
    await ben.window.click('button', 'Join');
    b = await ben.callPage();
    await expect(b.page.getByRole('textbox', { name: 'Your name', exact: true })).toHaveValue('Ben');
    await b.button('Enter').click();
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
  });

  await test.step('Chen joins, and all three see and hear each other', async () => {
    const chen = await startApp({ profile: 'chen', link: invite });
    const c = await chen.callPage();
    await expect(c.page.getByText('Anna and Ben are here.')).toBeVisible();
    await c.enter('Chen');
    await Promise.all([a.waitForMedia(2), b.waitForMedia(2), c.waitForMedia(2)]);
    await Promise.all(
      [
        { page: a, others: ['Ben', 'Chen'] },
        { page: b, others: ['Anna', 'Chen'] },
        { page: c, others: ['Anna', 'Ben'] },
      ].flatMap(({ page, others }) => others.map((name) => page.waitForVideo(name))),
    );
  });
});

test('a call page that was reloaded or closed returns into the call', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  let b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  await test.step('the guest reloads', async () => {
    await b.page.reload();
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
    await expect(a.tile('Ben')).toHaveCount(1);
    await expect(b.button('Leave')).toBeVisible();
  });

  await test.step('the host reloads', async () => {
    await a.page.reload();
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
    await expect(b.tile('Anna')).toHaveCount(1);
  });

  await test.step('the guest closes the page: the companion says so, and Show call returns to the call', async () => {
    await b.page.close();
    await ben.window.waitForText('You are not in the call.');
    await expect(a.tile('Ben')).toHaveCount(0);
    const companion = await ben.window.text();
    for (const claim of ['In the call', 'In the room']) expect(companion).not.toContain(claim);
    await ben.window.click('button', 'Show call');
    b = await ben.callPage();
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
    await expect(a.tile('Ben')).toHaveCount(1);
    await ben.window.waitForText('The call runs in');
  });
});

test('when the host quits, the other is told that the room is closed', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
  await anna.close();
  await expect(b.tile('Anna')).toHaveCount(0);
  await expect(b.page.getByRole('heading', { name: 'The host has closed the room' })).toBeVisible();
  await b.leave();
  await ben.window.find('button', 'Start a room');
});

test('a person who denies camera and microphone enters the call, and sees and hears the other', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite(), allowDevices: false });
  const b = await ben.callPage();
  await expect(b.page.getByText("Parlour isn't allowed to use the camera.")).toBeVisible();
  await b.enter('Ben');
  await Promise.all([b.waitForMedia(1), b.waitForVideo('Anna')]);
  await expect(a.tile('Ben').getByText('Camera off')).toHaveCount(1);
  await expect(a.tile('Ben').getByText('Muted')).toHaveCount(1);
});

/**
 * The visible line; the one for screen readers disappears later.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
const doorNotice = ({ page }) => page.getByText(/is at the door$/).and(page.locator(':not([role=status])'));

/**
 * Waits until half a second of received audio is silent.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
async function waitForSilence(page) {
  await waitFor('half a second of silence', async () => {
    const [before] = await page.linkStats();
    const after = await waitFor('half a second is played', async () => {
      const [now] = await page.linkStats();
      return now && before && now.audioSeconds > before.audioSeconds + 0.5 && now;
    });
    return before && after.audioEnergy - before.audioEnergy < 1e-9;
  });
}
