import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';

test('devices change during a call without a new offer, and are used again when plugged in', async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna', cameraCount: 3 });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
  const signalingChanges = async () =>
    (await a.events()).filter(({ what }) => what.startsWith('signaling')).length;
  const before = await signalingChanges();

  await a.page.keyboard.press('d');
  const dialog = a.page.getByRole('dialog', { name: 'Camera and microphone' });
  const camera = dialog.getByRole('combobox', { name: 'Camera' });
  const microphone = dialog.getByRole('combobox', { name: 'Microphone' });
  const speakers = dialog.getByRole('combobox', { name: 'Speakers' });

  await test.step('each device is changed, and the other still sees and hears', async () => {
    await camera.selectOption({ index: 2 });
    await microphone.selectOption({ index: 2 });
    await speakers.selectOption({ index: 1 });
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1), b.waitForVideo('Anna')]);
    const sinks = await a.page.$$eval('audio', (all) =>
      all.map((audio) => /** @type {HTMLAudioElement} */ (audio).sinkId),
    );
    expect(sinks).toEqual(sinks.map(() => expect.stringMatching(/./)));
    expect(sinks).not.toEqual([]);
    await dialog.getByRole('checkbox', { name: 'Suppress noise' }).uncheck();
    await b.waitForMedia(1);
    expect(await signalingChanges()).toBe(before);
  });

  await test.step('a test sound is played', async () => {
    await dialog.getByRole('button', { name: 'Play a test sound' }).click();
    await expect(dialog.getByRole('button', { name: 'Playing…' })).toBeDisabled();
    await expect(dialog.getByRole('button', { name: 'Play a test sound' })).toBeEnabled();
    await expect(dialog.getByText('could not be played')).toHaveCount(0);
  });
  const chosen = await camera.inputValue();
  await a.page.keyboard.press('Escape');

  await test.step('an unplugged camera is replaced, with a notice, and used again when it is back', async () => {
    // A fake camera cannot be unplugged, so the test hides it and fires the events of the browser.
    await a.page.evaluate((id) => {
      const devices = navigator.mediaDevices;
      const open = devices.getUserMedia.bind(devices);
      const list = devices.enumerateDevices.bind(devices);
      devices.getUserMedia = (constraints) =>
        JSON.stringify(constraints).includes(id)
          ? Promise.reject(new DOMException('unplugged', 'NotFoundError'))
          : open(constraints);
      devices.enumerateDevices = async () => (await list()).filter(({ deviceId }) => deviceId !== id);
    }, chosen);
    await a
      .tile('You')
      .locator('video')
      .first()
      .evaluate((/** @type {HTMLVideoElement} */ video) => {
        const [track] = /** @type {MediaStream} */ (video.srcObject).getVideoTracks();
        track?.stop();
        track?.dispatchEvent(new Event('ended'));
      });
    await expect(
      a.page.getByText(/^fake_device_2 was disconnected\. Now using fake_device_0\.$/),
    ).toBeVisible();
    await Promise.all([b.waitForMedia(1), b.waitForVideo('Anna')]);
    await a.page.evaluate(() => {
      const devices = navigator.mediaDevices;
      // The prototype's functions are in use again.
      Reflect.deleteProperty(devices, 'getUserMedia');
      Reflect.deleteProperty(devices, 'enumerateDevices');
      devices.dispatchEvent(new Event('devicechange'));
    });
    await expect(a.page.getByText('fake_device_2 is back and in use again.')).toBeVisible();
    await Promise.all([b.waitForMedia(1), b.waitForVideo('Anna')]);
    expect(await signalingChanges()).toBe(before);
  });

  await test.step('the choices are remembered', async () => {
    await a.page.reload();
    await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
    await a.page.keyboard.press('d');
    await expect(camera).toHaveValue(chosen);
    await expect(dialog.getByRole('checkbox', { name: 'Suppress noise' })).not.toBeChecked();
    await expect(dialog.getByRole('checkbox', { name: 'Cancel echo' })).toBeChecked();
  });
});

test('a person who talks while muted is told', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await page.button('Mute').click();
  // The fake microphone only beeps once a second, so the test gives the level meter a constant voice.
  await expect(page.page.getByRole('button', { name: 'Unmute', exact: true })).toBeVisible();
  await page.page.evaluate(() => {
    /** @param {Float32Array} samples */
    const fillWithVoice = (samples) => void samples.fill(0.2);
    AnalyserNode.prototype.getFloatTimeDomainData = fillWithVoice;
  });
  await expect(page.page.getByText('You are muted.')).toBeVisible();
  await expect(page.page.getByText('You are muted.')).toHaveCount(0, { timeout: 10_000 });
});
