import { hostRoom, joinRoom, pageGone, startRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';

test('two people: the door, then picture and sound both ways, mute and camera off', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await startRoom(anna);
  await a.enter('Anna');
  await expect(a.button('Leave')).toBeVisible();
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();

  await test.step('in the lobby each hears of the other, and nothing connects', async () => {
    await expect(b.button('Enter')).toBeEnabled();
    await expect(b.page.getByText('Anna is here.')).toBeVisible();
    await expect(atTheDoor(a)).toBeVisible();
    // The offer is answered while Ben is still in the lobby; the answer is held.
    await until('Ben has offered, Anna has answered', async () => {
      const [[offered], [answered]] = await Promise.all([b.links(), a.links()]);
      return offered && answered && (await a.events()).some(({ what }) => what === 'signaling stable');
    });
    for (const page of [a, b]) {
      for (const link of await page.links()) expect(link).toMatchObject({ frames: 0, heard: 0 });
      expect((await page.events()).map(({ what }) => what)).not.toContain('connected');
    }
    // Anna's checks may reach Ben's connection, but it has no answer, so it picks no pair.
    expect((await b.events()).map(({ what }) => what)).not.toContain('signaling stable');
    for (const link of await b.links()) expect(link.pair).toBe('');
    await expect(b.tile('Anna')).toHaveCount(0);
  });

  await test.step('Enter: both see and hear the other', async () => {
    await b.enter('Ben');
    await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
    await expect(atTheDoor(a)).toHaveCount(0);
    await expect(a.tile('You')).toBeVisible();
  });

  await test.step('mute arrives, and silence with it; so does the sound again', async () => {
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(0);
    await b.button('Mute').click();
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(1);
    await silent(a);
    await b.button('Unmute').click();
    await expect(a.tile('Ben').getByText('Muted')).toHaveCount(0);
    await a.media(1, 1);
  });

  await test.step('camera off arrives, and on again', async () => {
    await a.button('Turn camera off').click();
    await expect(b.tile('Anna').getByText('Camera off')).toHaveCount(1);
    await a.button('Turn camera on').click();
    await expect(b.tile('Anna').getByText('Camera off')).toHaveCount(0);
    await b.media(1);
    await b.moves('Anna');
  });
});

test('one leaves and comes back with the copied link, a third joins, all see all', async ({ start }) => {
  const [anna, ben] = [await start({ profile: 'anna' }), await start({ profile: 'ben' })];
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  let b = await joinRoom(ben, invite);
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);

  await test.step('Ben leaves, and Anna sees it', async () => {
    await b.leave();
    await expect(a.tile('Ben')).toHaveCount(0);
    await until('no connection is left', async () => (await a.links()).length === 0);
    await pageGone(b);
    await ben.window.find('button', 'Start a room');
  });

  await test.step('Ben comes back with the link from the clipboard', async () => {
    await anna.window.click('button', 'Copy invite');
    await ben.window.paste('Invite link');
    expect(await ben.window.value('Invite link')).toContain(invite);
    await ben.window.click('button', 'Join');
    b = await ben.page();
    await expect(b.page.getByRole('textbox', { name: 'Your name', exact: true })).toHaveValue('Ben');
    await b.button('Enter').click();
    await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
  });

  await test.step('Chen joins, and all three see and hear all', async () => {
    const chen = await start({ profile: 'chen', link: invite });
    const c = await chen.page();
    await expect(c.page.getByText('Anna and Ben are here.')).toBeVisible();
    await c.enter('Chen');
    await Promise.all([a.media(2), b.media(2), c.media(2)]);
    await Promise.all(
      [
        { page: a, others: ['Ben', 'Chen'] },
        { page: b, others: ['Anna', 'Chen'] },
        { page: c, others: ['Anna', 'Ben'] },
      ].flatMap(({ page, others }) => others.map((name) => page.moves(name))),
    );
  });
});

test('the call page is reloaded, then closed, and each time comes back into the call', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  let b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);

  await test.step('reload', async () => {
    await b.page.reload();
    await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
    await expect(a.tile('Ben')).toHaveCount(1);
    await expect(b.button('Leave')).toBeVisible();
  });

  await test.step('the host reloads too', async () => {
    await a.page.reload();
    await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
    await expect(b.tile('Anna')).toHaveCount(1);
  });

  await test.step('closed: the companion says so, and Show call brings Ben back', async () => {
    await b.page.close();
    await ben.window.reads('You are not in the call.');
    await expect(a.tile('Ben')).toHaveCount(0);
    const read = await ben.window.text();
    for (const claim of ['In the call', 'In the room']) expect(read).not.toContain(claim);
    await ben.window.click('button', 'Show call');
    b = await ben.page();
    await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
    await expect(a.tile('Ben')).toHaveCount(1);
    await ben.window.reads('The call runs in');
  });
});

test('the host quits: the other hears of it, and that the room may be gone', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);
  await anna.close();
  await expect(b.tile('Anna')).toHaveCount(0);
  await expect(b.page.getByText('The room is out of reach')).toBeVisible();
  await b.leave();
  await ben.window.find('button', 'Start a room');
});

test('without leave to use camera and microphone one enters all the same, and sees and hears the other', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite(), devices: false });
  const b = await ben.page();
  await expect(b.page.getByText('Parlour may not use the camera.')).toBeVisible();
  await b.enter('Ben');
  await Promise.all([b.media(1), b.moves('Anna')]);
  await expect(a.tile('Ben').getByText('Camera off')).toHaveCount(1);
  await expect(a.tile('Ben').getByText('Muted')).toHaveCount(1);
});

/**
 * The line that is seen; the one for screen readers stays a while.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
const atTheDoor = ({ page }) => page.getByText(/is at the door$/).and(page.locator(':not([role=status])'));

/**
 * Half a second of what the other sends is played, and no sound is in it.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
async function silent(page) {
  await until('half a second of silence', async () => {
    const [before] = await page.links();
    const after = await until('half a second is played', async () => {
      const [now] = await page.links();
      return now && before && now.heard > before.heard + 0.5 && now;
    });
    return before && after.energy - before.energy < 1e-9;
  });
}
