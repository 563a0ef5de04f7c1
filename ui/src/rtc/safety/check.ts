import type { SafetyAlarm } from '../../types';
import { emojiOf, type Emoji } from './emoji';
import { NonceExchange, randomNonce, type SafetyMessage } from './exchange';
import type { Fingerprints } from './fingerprints';

/** The code that two people compare. */
export interface SafetyCode {
  emoji: readonly Emoji[];
  /** The two certificates that it stands for. */
  certificates: string;
}

export interface SafetyCheckOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  send(message: SafetyMessage): void;
  onCode(code: SafetyCode): void;
  onAlarm(alarm: SafetyAlarm): void;
  /** For tests. */
  nonce?: string;
}

/** The safety check of one link. The nonces come from the peer, the fingerprints from the transport, in any order. */
export class SafetyCheck {
  #options: SafetyCheckOptions;
  #exchange: NonceExchange;
  #fingerprints: Fingerprints | null = null;
  #isOver = false;

  constructor(options: SafetyCheckOptions) {
    this.#options = options;
    this.#exchange = new NonceExchange(options.nonce ?? randomNonce());
  }

  /** The data channel is open. */
  start(): void {
    for (const message of this.#exchange.start()) this.#options.send(message);
  }

  receive(message: SafetyMessage): void {
    if (this.#isOver) return;
    const answers = this.#exchange.receive(message);
    if (answers === 'broken') return this.fail('commitment_broken');
    for (const answer of answers) this.#options.send(answer);
    if (message.type === 'reveal') this.#emitCode();
  }

  /** The fingerprints of one link have to stay the same. */
  setFingerprints(found: Fingerprints | 'mismatch' | null): void {
    if (this.#isOver || !found) return;
    const known = this.#fingerprints;
    if (found === 'mismatch' || (known && (known.local !== found.local || known.remote !== found.remote))) {
      return this.fail('fingerprint_mismatch');
    }
    if (known) return;
    this.#fingerprints = found;
    this.#emitCode();
  }

  /** Sends and receives nothing more. */
  fail(alarm: SafetyAlarm): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onAlarm(alarm);
  }

  #emitCode(): void {
    const { me, peer } = this.#options;
    const { nonces } = this.#exchange;
    const prints = this.#fingerprints;
    if (!nonces || !prints) return;
    this.#options.onCode({
      emoji: emojiOf(
        { id: me, fingerprint: prints.local, nonce: nonces.local },
        { id: peer, fingerprint: prints.remote, nonce: nonces.remote },
      ),
      certificates: `${prints.local} ${prints.remote}`,
    });
  }
}
