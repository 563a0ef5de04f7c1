import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { inOrder, type Side } from './emoji';

/** The messages of the check. Hashes and nonces are 32 bytes in lower-case hex. */
export type SafetyMessage = { type: 'commit'; hash: string } | { type: 'reveal'; nonce: string };

/** The facts that both sides know of their link before they exchange anything. */
export interface LinkIdentity {
  /** Stands for the version, the room, and both sides' ids and keys; 32 bytes in lower-case hex. */
  binding: string;
  local: Side;
  remote: Side;
}

const LABEL = utf8ToBytes('parlour v1 safety commit');

export function commitment({ binding, local, remote }: LinkIdentity, nonce: string): string {
  const [first, second] = inOrder(local, remote);
  const parts = [binding, first.fingerprint, second.fingerprint, nonce];
  return bytesToHex(sha256(concatBytes(LABEL, ...parts.map(hexToBytes))));
}

export const randomNonce = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(32)));

/**
 * Both sides choose a nonce, and neither can choose it after it has seen the other's: each sends a commitment first, and
 * its nonce only when it has the other's commitment. Without the commitment a short code could be ground. There is one
 * exchange for each link.
 */
export class NonceExchange {
  readonly #nonce: string;
  /** Known when our commitment is sent. */
  #link: LinkIdentity | null = null;
  #hash: string | null = null;
  #remoteHash: string | null = null;
  #remoteNonce: string | null = null;
  #broken = false;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  get nonces(): { local: string; remote: string } | null {
    return this.#remoteNonce === null || this.#broken
      ? null
      : { local: this.#nonce, remote: this.#remoteNonce };
  }

  /** The data channel is open, and both fingerprints are known. Returns the messages to send. */
  start(link: LinkIdentity): SafetyMessage[] {
    if (this.#link || this.#broken) return [];
    this.#link = link;
    this.#hash = commitment(link, this.#nonce);
    const commit: SafetyMessage = { type: 'commit', hash: this.#hash };
    return this.#remoteHash === null ? [commit] : [commit, this.#reveal];
  }

  /** Returns the messages to send. A message out of order breaks the exchange finally. */
  receive(message: SafetyMessage): SafetyMessage[] | 'broken' {
    const fits =
      !this.#broken &&
      (message.type === 'commit' ? this.#acceptCommit(message) : this.#acceptReveal(message));
    if (!fits) {
      this.#broken = true;
      return 'broken';
    }
    return message.type === 'commit' && this.#link ? [this.#reveal] : [];
  }

  get #reveal(): SafetyMessage {
    return { type: 'reveal', nonce: this.#nonce };
  }

  /** Only one commitment is accepted, and not our own sent back. */
  #acceptCommit({ hash }: { hash: string }): boolean {
    if (this.#remoteHash !== null || hash === this.#hash) return false;
    this.#remoteHash = hash;
    return true;
  }

  /** Only one nonce is accepted, the one committed to, and not before the peer can have our commitment. */
  #acceptReveal({ nonce }: { nonce: string }): boolean {
    if (!this.#link || this.#remoteNonce !== null) return false;
    if (commitment(this.#link, nonce) !== this.#remoteHash) return false;
    this.#remoteNonce = nonce;
    return true;
  }
}
