/** What a shared screen may take, in bits a second. */
const SCREEN = 2_500_000;
/** What is left for one's own picture meanwhile: who reads a screen looks at faces in passing. */
const CAMERA_BESIDE = 350_000;

/** Bounds for the sending of a screen. Text that is read has to be sharp, whatever becomes of the motion. */
export function forScreen(now: RTCRtpSendParameters, hint: string): RTCRtpSendParameters {
  return {
    ...bounded(now, SCREEN),
    degradationPreference: hint === 'motion' ? 'maintain-framerate' : 'maintain-resolution',
  };
}

/** Bounds for the sending of a camera, with or without a screen beside it. */
export function forCamera(now: RTCRtpSendParameters, beside: boolean): RTCRtpSendParameters {
  return bounded(now, beside ? CAMERA_BESIDE : null);
}

function bounded(now: RTCRtpSendParameters, most: number | null): RTCRtpSendParameters {
  const encodings = now.encodings.map((before) => {
    const encoding = { ...before };
    if (most === null) delete encoding.maxBitrate;
    else encoding.maxBitrate = most;
    return encoding;
  });
  return { ...now, encodings };
}
