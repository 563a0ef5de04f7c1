/** How often the picture is sent again, so that people who come later get it and nobody takes it for a cut. */
const REPEAT_INTERVAL_MS = 1_000;

/** The picture that a track had at one moment, as a track of its own. */
export interface StillPicture {
  readonly track: MediaStreamTrack;
  stop(): void;
}

export async function stillPicture(source: MediaStreamTrack): Promise<StillPicture> {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([source]);
  await video.play();
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  video.srcObject = null;
  const picture = await createImageBitmap(canvas);
  const [track] = canvas.captureStream().getVideoTracks();
  if (!track) throw new DOMException('a canvas without a track', 'InvalidStateError');
  const repeat = (): void => void canvas.getContext('2d')?.drawImage(picture, 0, 0);
  repeat();
  const timer = setInterval(repeat, REPEAT_INTERVAL_MS);
  return {
    track,
    stop: () => {
      clearInterval(timer);
      track.stop();
      picture.close();
    },
  };
}
