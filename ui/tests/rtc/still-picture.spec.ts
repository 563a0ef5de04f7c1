/** A paused screen as the others see it, in a real browser. */
import { expect, test } from './test';

test('while a shared screen is paused, nothing that comes onto it afterwards is seen', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const screen = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const pen = screen.getContext('2d');
    let colour = '#f00';
    const painting = setInterval(() => {
      if (!pen) return;
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 64, 36);
    }, 30);
    const [track] = screen.captureStream().getVideoTracks();
    if (!track) throw new Error('no track');
    const still = await window.lab.stillPicture(track);
    colour = '#0f0';
    const video = Object.assign(document.createElement('video'), { muted: true });
    video.srcObject = new MediaStream([still.track]);
    await video.play();
    // The picture is sent again and again.
    for (let frame = 0; frame < 2; frame += 1)
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    const copy = new OffscreenCanvas(1, 1).getContext('2d');
    copy?.drawImage(video, 0, 0, 1, 1);
    const [red = 0, green = 0] = copy?.getImageData(0, 0, 1, 1).data ?? [];
    still.stop();
    clearInterval(painting);
    return { red: red > 200, green: green > 50, hasEnded: still.track.readyState === 'ended' };
  });
  expect(seen).toEqual({ red: true, green: false, hasEnded: true });
});
