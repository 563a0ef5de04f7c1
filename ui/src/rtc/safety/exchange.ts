import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** The messages of the check. Hashes and nonces are 32 bytes in lower-case hex. */
export type SafetyMessage = { type: 'commit'; hash: string } | { type: 'reveal'; nonce: string };

const LABEL = utf8ToBytes('parlour v1 safety commit');

export const commitment = (nonce: string): string =>
  bytesToHex(sha256(concatBytes(LABEL, hexToBytes(nonce))));

export const randomNonce = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(32)));

/**
 * Both sides choose a nonce, and neither can choose it after it has seen the other's: each sends a commitment first, and
 * its nonce only when it has the other's commitment. Without the commitment a short code could be ground. There is one
 * exchange for each link.
 */
export class NonceExchange {
  readonly #nonce: string;
  readonly #hash: string;
  #started = false;
  #remoteHash: string | null = null;
  #remoteNonce: string | null = null;
  #broken = false;

  constructor(nonce: string) {
    this.#nonce = nonce;
    this.#hash = commitment(nonce);
  }

  get nonces(): { local: string; remote: string } | null {
    return this.#remoteNonce === null || this.#broken
      ? null
      : { local: this.#nonce, remote: this.#remoteNonce };
  }

  /** The data channel is open. Returns the messages to send. */
  start(): SafetyMessage[] {
    if (this.#started || this.#broken) return [];
    this.#started = true;
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
    return message.type === 'commit' && this.#started ? [this.#reveal] : [];
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
    if (!this.#started || this.#remoteNonce !== null || commitment(nonce) !== this.#remoteHash) return false;
    this.#remoteNonce = nonce;
    return true;
  }
}
