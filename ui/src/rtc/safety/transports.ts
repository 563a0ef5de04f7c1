/**
 * The one transport of all sound, pictures and messages of a connection; null while there is none yet. An answer can
 * make several, whatever the bundle policy is: the safety check would then hold for one of them only.
 */
export function theTransport(pc: RTCPeerConnection): RTCDtlsTransport | 'transports_differ' | null {
  const ends = pc.getTransceivers().flatMap(({ sender, receiver }) => [sender, receiver]);
  const transports = [...ends, pc.sctp].map((end) => end?.transport ?? null);
  const [transport, another] = new Set(transports.filter((one) => one !== null));
  return another ? 'transports_differ' : (transport ?? null);
}
