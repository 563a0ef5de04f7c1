/** What a shared screen may take, in bits a second. */
const MAX_SCREEN_BITRATE = 2_500_000;
/** What is left for one's own picture meanwhile: who reads a screen looks at faces in passing. */
const MAX_CAMERA_BITRATE_BESIDE_SCREEN = 350_000;

/** Bounds for the sending of a screen. Text that is read has to be sharp, whatever becomes of the motion. */
export function limitScreen(now: RTCRtpSendParameters, hint: string): RTCRtpSendParameters {
  return {
    ...withMaxBitrate(now, MAX_SCREEN_BITRATE),
    degradationPreference: hint === 'motion' ? 'maintain-framerate' : 'maintain-resolution',
  };
}

/** Bounds for the sending of a camera, with or without a screen beside it. */
export function limitCamera(now: RTCRtpSendParameters, beside: boolean): RTCRtpSendParameters {
  return withMaxBitrate(now, beside ? MAX_CAMERA_BITRATE_BESIDE_SCREEN : null);
}

function withMaxBitrate(now: RTCRtpSendParameters, most: number | null): RTCRtpSendParameters {
  const encodings = now.encodings.map((before) => {
    const encoding = { ...before };
    if (most === null) delete encoding.maxBitrate;
    else encoding.maxBitrate = most;
    return encoding;
  });
  return { ...now, encodings };
}
