import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';

test('camera, microphone and speaker change in mid-call, without a new offer, and come back when plugged in', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna', cameras: 3 });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);
  const offers = async () => (await a.events()).filter(({ what }) => what.startsWith('signaling')).length;
  const before = await offers();

  await a.page.keyboard.press('d');
  const dialog = a.page.getByRole('dialog', { name: 'Camera and microphone' });
  const camera = dialog.getByRole('combobox', { name: 'Camera' });
  const microphone = dialog.getByRole('combobox', { name: 'Microphone' });
  const speakers = dialog.getByRole('combobox', { name: 'Speakers' });

  await test.step('each is chosen, and the other still sees and hears', async () => {
    await camera.selectOption({ index: 2 });
    await microphone.selectOption({ index: 2 });
    await speakers.selectOption({ index: 1 });
    await Promise.all([a.media(1), b.media(1), b.moves('Anna')]);
    const sinks = await a.page.$$eval('audio', (all) =>
      all.map((audio) => /** @type {HTMLAudioElement} */ (audio).sinkId),
    );
    expect(sinks).toEqual(sinks.map(() => expect.stringMatching(/./)));
    expect(sinks).not.toEqual([]);
    await dialog.getByRole('checkbox', { name: 'Suppress noise' }).uncheck();
    await b.media(1);
    expect(await offers()).toBe(before);
  });

  await test.step('a test sound is played', async () => {
    await dialog.getByRole('button', { name: 'Play a test sound' }).click();
    await expect(dialog.getByRole('button', { name: 'Playing…' })).toBeDisabled();
    await expect(dialog.getByRole('button', { name: 'Play a test sound' })).toBeEnabled();
    await expect(dialog.getByText('could not be played')).toHaveCount(0);
  });
  const chosen = await camera.inputValue();
  await a.page.keyboard.press('Escape');

  await test.step('a camera that is pulled out is replaced, with one line, and taken again', async () => {
    // Nobody pulls the plug of a camera that is none: what the browser would tell is told.
    await a
      .tile('You')
      .locator('video')
      .first()
      .evaluate((/** @type {HTMLVideoElement} */ video) => {
        const [track] = /** @type {MediaStream} */ (video.srcObject).getVideoTracks();
        track?.stop();
        track?.dispatchEvent(new Event('ended'));
      });
    await expect(a.page.getByText(/^fake_device_2 was unplugged\. Now using fake_device_0\.$/)).toBeVisible();
    await Promise.all([b.media(1), b.moves('Anna')]);
    await a.page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
    await expect(a.page.getByText('fake_device_2 is back and in use again.')).toBeVisible();
    await Promise.all([b.media(1), b.moves('Anna')]);
    expect(await offers()).toBe(before);
  });

  await test.step('all of it is remembered', async () => {
    await a.page.reload();
    await Promise.all([a.media(1, 5), b.media(1, 5)]);
    await a.page.keyboard.press('d');
    await expect(camera).toHaveValue(chosen);
    await expect(dialog.getByRole('checkbox', { name: 'Suppress noise' })).not.toBeChecked();
    await expect(dialog.getByRole('checkbox', { name: 'Cancel echo' })).toBeChecked();
  });
});

test('who talks muted is told', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await page.button('Mute').click();
  // The fake microphone beeps for a moment once a second, which no person does: the meter is given a voice.
  await expect(page.page.getByRole('button', { name: 'Unmute', exact: true })).toBeVisible();
  await page.page.evaluate(() => {
    /** @param {Float32Array} samples */
    const voice = (samples) => void samples.fill(0.2);
    AnalyserNode.prototype.getFloatTimeDomainData = voice;
  });
  await expect(page.page.getByText('You are muted.')).toBeVisible();
  await expect(page.page.getByText('You are muted.')).toHaveCount(0, { timeout: 10_000 });
});
