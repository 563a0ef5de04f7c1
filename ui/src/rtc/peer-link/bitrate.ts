import { WHOLE_PICTURE, type VideoEncoding } from './video-sender';

/** In bits a second. */
const MAX_SCREEN_BITRATE = 2_500_000;
/** In bits a second. People who read a shared screen look at faces only in passing. */
const MAX_CAMERA_BITRATE_BESIDE_SCREEN = 350_000;

/** Text has to stay sharp at the cost of the frame rate. `contentHint` is that of the track. */
export const screenEncoding = (hint: string): VideoEncoding => ({
  ...WHOLE_PICTURE,
  maxBitrate: MAX_SCREEN_BITRATE,
  degradationPreference: hint === 'motion' ? 'maintain-framerate' : 'maintain-resolution',
});

/** `beside`: a screen is shared as well. */
export const cameraEncoding = (beside: boolean): VideoEncoding => ({
  ...WHOLE_PICTURE,
  maxBitrate: beside ? MAX_CAMERA_BITRATE_BESIDE_SCREEN : null,
});
