/** In bits a second. */
const MAX_SCREEN_BITRATE = 2_500_000;
/** In bits a second. People who read a shared screen look at faces only in passing. */
const MAX_CAMERA_BITRATE_BESIDE_SCREEN = 350_000;

/** Text has to stay sharp at the cost of the frame rate. `contentHint` is that of the track. */
export function limitScreen(now: RTCRtpSendParameters, hint: string): RTCRtpSendParameters {
  return {
    ...withMaxBitrate(now, MAX_SCREEN_BITRATE),
    degradationPreference: hint === 'motion' ? 'maintain-framerate' : 'maintain-resolution',
  };
}

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
