import type { SafetyAlarm } from '../problem';
import { emojiOf, type Emoji } from './emoji';
import { Exchange, freshNonce, type SafetyMessage } from './exchange';
import type { Fingerprints } from './fingerprints';

/** What two people compare. */
export interface SafetyCode {
  emoji: readonly Emoji[];
  /** The certificates that it stands for. */
  certificates: string;
}

export interface CheckOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  say(message: SafetyMessage): void;
  ready(code: SafetyCode): void;
  broken(alarm: SafetyAlarm): void;
  /** For tests. */
  nonce?: string;
}

/** The safety check of one link: nonces from the other, fingerprints from the transport, in any order. */
export class Check {
  #options: CheckOptions;
  #exchange: Exchange;
  #fingerprints: Fingerprints | null = null;
  #over = false;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#exchange = new Exchange(options.nonce ?? freshNonce());
  }

  /** The channel is open. */
  open(): void {
    for (const message of this.#exchange.open()) this.#options.say(message);
  }

  hear(message: SafetyMessage): void {
    if (this.#over) return;
    const answers = this.#exchange.hear(message);
    if (answers === 'broken') return this.break('commitment_broken');
    for (const answer of answers) this.#options.say(answer);
    if (message.type === 'reveal') this.#conclude();
  }

  /** The fingerprints have been looked at. On one link they stay the same. */
  found(found: Fingerprints | 'mismatch' | null): void {
    if (this.#over || !found) return;
    const known = this.#fingerprints;
    if (found === 'mismatch' || (known && (known.local !== found.local || known.remote !== found.remote))) {
      return this.break('fingerprint_mismatch');
    }
    if (known) return;
    this.#fingerprints = found;
    this.#conclude();
  }

  /** Nothing more is heard or said. */
  break(alarm: SafetyAlarm): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.broken(alarm);
  }

  #conclude(): void {
    const { me, peer } = this.#options;
    const { nonces } = this.#exchange;
    const prints = this.#fingerprints;
    if (!nonces || !prints) return;
    this.#options.ready({
      emoji: emojiOf(
        { id: me, fingerprint: prints.local, nonce: nonces.local },
        { id: peer, fingerprint: prints.remote, nonce: nonces.remote },
      ),
      certificates: `${prints.local} ${prints.remote}`,
    });
  }
}
