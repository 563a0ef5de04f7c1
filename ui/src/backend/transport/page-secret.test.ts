import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PageSecret } from './page-secret';

const TOKEN = 'a'.repeat(64);
const SESSION = 'b'.repeat(64);

let stored: Map<string, string>;
const replaceState = vi.fn();

beforeEach(() => {
  stored = new Map();
  replaceState.mockClear();
  vi.stubGlobal('history', { replaceState });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
});
afterEach(() => vi.unstubAllGlobals());

/** A page that is loaded with this fragment in its address. */
function load(hash: string): PageSecret {
  vi.stubGlobal('location', { hash, pathname: '/' });
  return new PageSecret();
}

describe("the page's secret", () => {
  it('is the token of the address, which is taken out of it', () => {
    expect(load(`#${TOKEN}`).current).toEqual({ kind: 'launch', text: TOKEN });
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/');
    expect([...stored]).toEqual([]);
  });

  it('is that of the session after a reload', () => {
    load(`#${TOKEN}`).beginSession({ kind: 'session', text: SESSION });
    expect(load('').current).toEqual({ kind: 'session', text: SESSION });
    expect([...stored.values()]).toEqual([SESSION]);
  });

  it('is a new token rather than an old session', () => {
    load(`#${TOKEN}`).beginSession({ kind: 'session', text: SESSION });
    expect(load(`#${TOKEN}`).current?.kind).toBe('launch');
    expect([...stored]).toEqual([]);
  });

  it('is none in a page that somebody opened by hand, or whose app is gone', () => {
    for (const hash of ['', '#', '#top', `#${TOKEN}0`, `#${TOKEN.toUpperCase()}`]) {
      expect(load(hash).current, hash).toBeNull();
    }
    expect(replaceState).not.toHaveBeenCalled();
    const page = load(`#${TOKEN}`);
    page.beginSession({ kind: 'session', text: SESSION });
    page.forget();
    expect(page.current).toBeNull();
    expect(load('').current).toBeNull();
  });

  it('lasts until a reload where the browser allows no storage', () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
    const page = load(`#${TOKEN}`);
    page.beginSession({ kind: 'session', text: SESSION });
    expect(page.current?.text).toBe(SESSION);
    expect(load('').current).toBeNull();
  });
});
