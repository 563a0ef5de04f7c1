import type { SafetyAlarm, Unchecked } from '../../types';
import { emojiOf, type Emoji } from './emoji';
import { NonceExchange, randomNonce, type LinkIdentity, type SafetyMessage } from './exchange';
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
  /** Stands for the version, the room, and both peers' ids and keys; 32 bytes in lower-case hex. */
  binding: string;
  send(message: SafetyMessage): void;
  onCode(code: SafetyCode): void;
  /** There is no code, though there should be one by now. It may still come. */
  onUnchecked(why: Unchecked): void;
  onAlarm(alarm: SafetyAlarm): void;
}

/** A check takes one round trip. */
const OVERDUE_AFTER_MS = 10_000;

/** The safety check of one link. The channel opens, and the transport's certificates are known, in any order. */
export class SafetyCheck {
  #options: SafetyCheckOptions;
  #exchange = new NonceExchange(randomNonce());
  #fingerprints: Fingerprints | null = null;
  #isChannelOpen = false;
  #overdueTimer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(options: SafetyCheckOptions) {
    this.#options = options;
  }

  /** The data channel is open. */
  start(): void {
    this.#isChannelOpen = true;
    this.#commit();
  }

  receive(message: SafetyMessage): void {
    if (this.#isOver) return;
    const answers = this.#exchange.receive(message);
    if (answers === 'broken') return this.fail('commitment_broken');
    for (const answer of answers) this.#options.send(answer);
    if (message.type === 'reveal') this.#emitCode();
  }

  /**
   * The link is connected, with these certificates; null where the browser does not report them. The fingerprints of
   * one link have to stay the same.
   */
  setFingerprints(found: Fingerprints | null): void {
    if (this.#isOver) return;
    this.#overdueTimer ??= setTimeout(() => this.#emitUnchecked(), OVERDUE_AFTER_MS);
    const known = this.#fingerprints;
    if (!found) return;
    if (known && (known.local !== found.local || known.remote !== found.remote)) {
      return this.fail('fingerprint_mismatch');
    }
    this.#fingerprints = found;
    this.#commit();
  }

  fail(alarm: SafetyAlarm): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onAlarm(alarm);
  }

  /** Sends and receives nothing more. */
  close(): void {
    this.#isOver = true;
    clearTimeout(this.#overdueTimer);
  }

  get #link(): LinkIdentity | null {
    if (!this.#fingerprints) return null;
    const { binding, me, peer } = this.#options;
    const { local, remote } = this.#fingerprints;
    return { binding, local: { id: me, fingerprint: local }, remote: { id: peer, fingerprint: remote } };
  }

  #commit(): void {
    const link = this.#link;
    if (this.#isOver || !this.#isChannelOpen || !link) return;
    for (const message of this.#exchange.start(link)) this.#options.send(message);
  }

  /** The exchange has both nonces only after our commitment, and so both fingerprints. */
  #emitCode(): void {
    const { nonces } = this.#exchange;
    const link = this.#link;
    if (!nonces || !link) return;
    clearTimeout(this.#overdueTimer);
    const { binding, local, remote } = link;
    this.#options.onCode({
      emoji: emojiOf(binding, { ...local, nonce: nonces.local }, { ...remote, nonce: nonces.remote }),
      certificates: `${local.fingerprint} ${remote.fingerprint}`,
    });
  }

  #emitUnchecked(): void {
    this.#options.onUnchecked(this.#fingerprints ? 'no_answer' : 'no_certificate');
  }
}
