import { expect, test } from './harness/fixtures.mjs';
import { ScreenSaver } from './harness/screen-saver.mjs';
import { startRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

test('the screen stays on from Enter to Leave, with the camera off too, and not for somebody in the lobby', async ({
  startApp,
}) => {
  const desktop = await ScreenSaver.start();
  try {
    const anna = await startApp({ profile: 'anna' });
    const page = await startRoom(anna);
    await page.button('Turn camera off').click();
    await expect(page.button('Turn camera on')).toBeVisible();
    expect(desktop.asked).toEqual([]);
    await page.enter('Anna');
    await waitFor('the screen is asked to stay on', () => desktop.asked.length > 0);
    await page.leave();
    await anna.window.find('button', 'Start a room');
    await waitFor('the screen may go dark again', () => desktop.asked.length > 1);
    expect(desktop.asked).toEqual(['Inhibit', 'UnInhibit']);
  } finally {
    desktop.stop();
  }
});
