import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** Page and app show each other that they know this secret, and never send it. 64 hexadecimal digits. */
export interface Secret {
  /** The app's token, which works once, or the secret of the session that it has begun. */
  kind: 'launch' | 'session';
  text: string;
}

/** 32 bytes as text. */
const HEX = /^[0-9a-f]{64}$/;

export function isSecretText(text: string): boolean {
  return HEX.test(text);
}

/**
 * The first frames of a connection. The app proves itself first, so that a stranger who listens in its place gets
 * nothing but a random number.
 */
export class Handshake {
  readonly #secret: Secret;
  readonly #nonce: Uint8Array;

  constructor(secret: Secret, nonce = crypto.getRandomValues(new Uint8Array(32))) {
    this.#secret = secret;
    this.#nonce = nonce;
  }

  /** The page's first frame. */
  get opening(): string {
    return JSON.stringify({ secret: this.#secret.kind, nonce: bytesToHex(this.#nonce) });
  }

  /**
   * Checks the app's answer. Returns the page's second frame and the secret of the session, or `null` when the other
   * side is not the app.
   */
  verify(answer: unknown): { proof: string; session: Secret } | null {
    const read = readAnswer(answer);
    if (!read) return null;
    const key = hexToBytes(this.#secret.text);
    const nonces = concatBytes(this.#nonce, hexToBytes(read.nonce));
    const prove = (side: 'door' | 'page') =>
      bytesToHex(hmac(sha256, key, concatBytes(utf8ToBytes(`parlour loopback v1 ${side}`), nonces)));
    if (read.proof !== prove('door')) return null;
    return { proof: JSON.stringify({ proof: prove('page') }), session: this.#session(key, nonces) };
  }

  #session(key: Uint8Array, nonces: Uint8Array): Secret {
    if (this.#secret.kind === 'session') return this.#secret;
    const secret = hkdf(sha256, key, nonces, utf8ToBytes('parlour loopback v1 session'), 32);
    return { kind: 'session', text: bytesToHex(secret) };
  }
}

function readAnswer(data: unknown): { nonce: string; proof: string } | null {
  if (typeof data !== 'string' || data.length > 1_000) return null;
  try {
    const { nonce, proof } = JSON.parse(data) as Record<string, unknown>;
    if (typeof nonce !== 'string' || typeof proof !== 'string') return null;
    return HEX.test(nonce) && HEX.test(proof) ? { nonce, proof } : null;
  } catch {
    return null;
  }
}
