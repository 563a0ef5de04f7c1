/** Notices whether anything arrives on a connection. */
export class ReceivedCounter {
  #pc: RTCPeerConnection;
  #spoken = 0;
  #bytes = 0;

  constructor(pc: RTCPeerConnection) {
    this.#pc = pc;
  }

  /** Whether something has come since this was last asked. Sound tells without a trip to the statistics. */
  async more(microphone: RTCRtpReceiver | undefined): Promise<boolean> {
    const spoken = microphone?.getSynchronizationSources?.()[0]?.timestamp ?? 0;
    const bytes = spoken > this.#spoken ? this.#bytes : await received(this.#pc);
    const more = spoken > this.#spoken || bytes !== this.#bytes;
    this.#spoken = spoken;
    this.#bytes = bytes;
    return more;
  }
}

async function received(pc: RTCPeerConnection): Promise<number> {
  const report = await pc.getStats();
  for (const stats of report.values() as Iterable<RTCTransportStats>) {
    if (stats.type === 'transport') return stats.bytesReceived ?? 0;
  }
  return 0;
}
