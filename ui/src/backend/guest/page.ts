import type { TextStore } from './settings';

/** The parts of the browser that the backend needs. Tests have one in memory. */
export interface GuestPage {
  /** The address of this page without its fragment. */
  readonly url: string;
  /** The fragment, without `#`. It is the page's only place for the invite. */
  fragment: string;
  /** Kept over visits. */
  readonly settings: TextStore;
  /** Kept over a reload. */
  readonly reload: TextStore;
  /** Whether the person has just come from *Join in this browser*. True once. */
  takeConsent(): boolean;
  /** Rejects if the browser does not let the page write to the clipboard. */
  copy(text: string): Promise<void>;
  open(url: string): void;
  /** Keeps the screen on, or not any more. */
  keepAwake(isWanted: boolean): void;
  /** Whether a Parlour server serves the page, so that rooms can be started there. */
  isOfServer(): Promise<boolean>;
  /** The address has another fragment. */
  onFragment(listener: () => void): void;
  /** The computer has another network, or has one again. */
  onNetwork(listener: () => void): void;
  /** The page goes: it is reloaded, closed, or another follows in its tab. */
  onHide(listener: () => void): void;
}

const SETTINGS = 'parlour.settings';
const RELOAD = 'parlour.reload';
/** Set by the invite page, for the page that it leads to. */
const CONSENT = 'parlour.consent';

export class BrowserPage implements GuestPage {
  readonly settings = textStore(() => localStorage, SETTINGS);
  readonly reload = textStore(() => sessionStorage, RELOAD);
  #consent = textStore(() => sessionStorage, CONSENT);
  #wakeLock: WakeLockSentinel | null = null;
  #wantsWakeLock = false;

  constructor() {
    // A browser ends the lock with each look at another tab.
    document.addEventListener('visibilitychange', () => this.#updateWakeLock());
    // A page that the browser has frozen and shows again has lost its connections.
    addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  }

  get url(): string {
    return location.origin + location.pathname;
  }

  get fragment(): string {
    return location.hash.slice(1);
  }

  set fragment(fragment: string) {
    history.replaceState(null, '', fragment ? `#${fragment}` : location.pathname);
  }

  takeConsent(): boolean {
    const hasConsent = this.#consent.read() !== null;
    this.#consent.write(null);
    return hasConsent;
  }

  copy(text: string): Promise<void> {
    return navigator.clipboard.writeText(text);
  }

  open(url: string): void {
    window.open(url, '_blank', 'noopener,noreferrer');
  }

  keepAwake(isWanted: boolean): void {
    this.#wantsWakeLock = isWanted;
    this.#updateWakeLock();
  }

  async isOfServer(): Promise<boolean> {
    try {
      // The server's socket asks for an upgrade; any other host has nothing there.
      const { status } = await fetch('/v1', { cache: 'no-store', referrerPolicy: 'no-referrer' });
      return status === 426;
    } catch {
      return false;
    }
  }

  onFragment(listener: () => void): void {
    addEventListener('hashchange', listener);
  }

  onNetwork(listener: () => void): void {
    // Chromium alone has it; the call itself listens to `online`.
    (navigator as { connection?: EventTarget }).connection?.addEventListener('change', listener);
  }

  onHide(listener: () => void): void {
    addEventListener('pagehide', listener);
  }

  #updateWakeLock(): void {
    const isWanted = this.#wantsWakeLock && document.visibilityState === 'visible';
    if (isWanted && (this.#wakeLock?.released ?? true)) {
      navigator.wakeLock?.request('screen').then(
        (lock) => {
          this.#wakeLock = lock;
          if (!this.#wantsWakeLock) void lock.release();
        },
        () => undefined,
      );
    } else if (!this.#wantsWakeLock) {
      void this.#wakeLock?.release();
      this.#wakeLock = null;
    }
  }
}

/** A browser that allows no storage keeps nothing. */
function textStore(storage: () => Storage, key: string): TextStore {
  return {
    read: () => {
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    write: (text) => {
      try {
        if (text === null) storage().removeItem(key);
        else storage().setItem(key, text);
      } catch {
        // As above.
      }
    },
  };
}
