import { isSecretText, type Secret } from './handshake';

const KEY = 'parlour.session';

/**
 * The secret of this page. It begins as the token in the address, and becomes the session's, which the page's storage
 * keeps over a reload.
 */
export class PageSecret {
  #current: Secret | null;

  constructor() {
    const token = location.hash.slice(1);
    const session = stored(() => sessionStorage.getItem(KEY)) ?? '';
    if (isSecretText(token)) {
      // Neither the address nor the history keeps it.
      history.replaceState(null, '', location.pathname);
      stored(() => sessionStorage.removeItem(KEY));
      this.#current = { kind: 'launch', text: token };
    } else {
      this.#current = isSecretText(session) ? { kind: 'session', text: session } : null;
    }
  }

  get current(): Secret | null {
    return this.#current;
  }

  beginSession(secret: Secret): void {
    this.#current = secret;
    stored(() => sessionStorage.setItem(KEY, secret.text));
  }

  /** The app that knew it is gone. */
  forget(): void {
    this.#current = null;
    stored(() => sessionStorage.removeItem(KEY));
  }
}

/** A browser that allows no storage runs the call until the page is reloaded. */
function stored<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
