/** A camera that never answers, with a real microphone and a real connection. */
import { expect, test } from './test';

test('a camera that hangs does not cost the person their voice, and is used when it comes after all', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    let release = (): void => undefined;
    const hangs = new Promise<void>((resolve) => (release = resolve));
    navigator.mediaDevices.getUserMedia = async (constraints = {}) => {
      if (constraints.video) await hangs;
      return real(constraints);
    };
    const meeting = lab.meet({});
    const { newcomer, member } = meeting;
    const media = new lab.LocalMedia({
      onTrack: (source, track) => newcomer.peer.replaceTrack(source, track),
      onStateChange: () => undefined,
    });
    lab.enter(meeting);
    void media.start();
    await lab.until(() => member.peer.audioLevel > 0);
    await lab.until(() => media.cameraProblem !== null);
    const { micState, cameraState, cameraProblem } = media;
    release();
    await lab.until(() => member.shown > 5);
    const later = { cameraState: media.cameraState, cameraProblem: media.cameraProblem };
    media.close();
    return { micState, cameraState, cameraProblem, later };
  });
  expect(seen).toEqual({
    micState: 'on',
    cameraState: 'missing',
    cameraProblem: 'no_answer',
    later: { cameraState: 'on', cameraProblem: null },
  });
});
