import { readSdp } from '../description/sdp-reader';
import { writeSdp } from '../description/sdp-writer';
import type { Description } from '../description/types';

/** An end has shown another certificate than in an earlier round. */
export class FingerprintChanged extends Error {}

/**
 * The way of the descriptions between the signals and a connection. The browser gets what is written here, and the
 * peer what was read here of the browser's own.
 */
export class Descriptions {
  /** SHA-256 fingerprints of the certificates, from the descriptions that were sent and applied. Empty before. */
  readonly fingerprints = { local: '', remote: '' };
  #pc: RTCPeerConnection;
  #startBitrate: number | undefined;

  constructor(pc: RTCPeerConnection, startBitrate: number | undefined) {
    this.#pc = pc;
    this.#startBitrate = startBitrate;
  }

  /** The offer or answer as it stands now, with all candidates found so far. Throws when it cannot be sent. */
  readLocal(): Description | null {
    const { type, sdp } = this.#pc.localDescription ?? {};
    if ((type !== 'offer' && type !== 'answer') || sdp === undefined) return null;
    const description = readSdp(type, sdp);
    this.#keep('local', description);
    return description;
  }

  /** The browser has the description when this returns. Throws when it is not given. */
  applyRemote(description: Description): Promise<void> {
    this.#keep('remote', description);
    const sdp = writeSdp(description, this.#startBitrate);
    return this.#pc.setRemoteDescription({ type: description.type, sdp });
  }

  #keep(end: 'local' | 'remote', { transport }: Description): void {
    const known = this.fingerprints[end];
    if (known && known !== transport.fingerprint) throw new FingerprintChanged();
    this.fingerprints[end] = transport.fingerprint;
  }
}
