/**
 * Sends the next picture as a key frame: after a cut the peer cannot decode pictures that depend on lost ones, and takes
 * a second or two to ask for a key frame.
 */
export async function sendKeyFrame(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  if (parameters.encodings.length === 0) return;
  let understood = false;
  const whole = {
    get keyFrame() {
      understood = true;
      return true;
    },
  };
  // `encodingOptions` belongs to the WebRTC extensions. TypeScript does not know it yet.
  const set = sender.setParameters.bind(sender) as (...all: unknown[]) => Promise<void>;
  await set(parameters, { encodingOptions: parameters.encodings.map(() => whole) });
  if (understood) return;
  await setActive(sender, false);
  await setActive(sender, true);
}

/** An encoder that is switched on again starts with a key frame. */
function setActive(sender: RTCRtpSender, active: boolean): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = active;
  return sender.setParameters(parameters);
}
