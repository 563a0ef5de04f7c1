/**
 * Has the next picture sent whole: after a cut the other cannot use what builds on pictures it never got, and takes a
 * second or two to ask.
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
  // The option is of the WebRTC extensions; TypeScript does not know it yet.
  const set = sender.setParameters.bind(sender) as (...all: unknown[]) => Promise<void>;
  await set(parameters, { encodingOptions: parameters.encodings.map(() => whole) });
  if (understood) return;
  await setActive(sender, false);
  await setActive(sender, true);
}

/** An encoder that starts anew starts with a whole picture. */
function setActive(sender: RTCRtpSender, active: boolean): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = active;
  return sender.setParameters(parameters);
}
