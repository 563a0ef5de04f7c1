import { describe, expect, it } from 'vitest';
import { Handshake, type Secret } from './handshake';

// The app's test has the same values, which are made by Python's `hmac`.
const SECRET: Secret = { kind: 'launch', text: '01'.repeat(32) };
const PAGE_NONCE = new Uint8Array(32).fill(2);
const APP_NONCE = '03'.repeat(32);
const PAGE_PROOF = 'b81b1b0e2f006ecee048a90254d5b54f34069f7d751ddf63edd8c92663cd1372';
const APP_PROOF = '36932e01bd8e213512d44b522aa52eaaa898366be66a48fb932a33c113905b01';
const SESSION = '203f0a5aa93e888d95bbde32ff6d24e8526b0a81ea37179cfa3115135affe3c6';

const answer = (nonce: unknown, proof: unknown) => JSON.stringify({ nonce, proof });

describe('the handshake with the app', () => {
  it('opens with a random number, and never with the secret', () => {
    const opening = new Handshake(SECRET, PAGE_NONCE).opening;
    expect(JSON.parse(opening)).toEqual({ secret: 'launch', nonce: '02'.repeat(32) });
    expect(new Handshake(SECRET).opening).not.toBe(new Handshake(SECRET).opening);
  });

  it('takes the proof of the app, answers with its own and begins the session', () => {
    const verified = new Handshake(SECRET, PAGE_NONCE).verify(answer(APP_NONCE, APP_PROOF));
    expect(JSON.parse(verified?.proof ?? '')).toEqual({ proof: PAGE_PROOF });
    expect(verified?.session).toEqual({ kind: 'session', text: SESSION });
  });

  it('keeps the secret of a session that goes on', () => {
    const secret: Secret = { ...SECRET, kind: 'session' };
    const verified = new Handshake(secret, PAGE_NONCE).verify(answer(APP_NONCE, APP_PROOF));
    expect(verified?.session).toEqual(secret);
  });

  it('takes no other proof', () => {
    const other: Secret = { kind: 'launch', text: '09'.repeat(32) };
    expect(new Handshake(other, PAGE_NONCE).verify(answer(APP_NONCE, APP_PROOF))).toBeNull();
    // A proof that was heard before.
    expect(new Handshake(SECRET).verify(answer(APP_NONCE, APP_PROOF))).toBeNull();
    const handshake = new Handshake(SECRET, PAGE_NONCE);
    // The page's own proof, sent back.
    expect(handshake.verify(answer(APP_NONCE, PAGE_PROOF))).toBeNull();
    expect(handshake.verify(answer('02'.repeat(32), APP_PROOF))).toBeNull();
    for (const proof of ['', APP_PROOF.slice(2), APP_PROOF.toUpperCase(), null, 7, [APP_PROOF]]) {
      expect(handshake.verify(answer(APP_NONCE, proof))).toBeNull();
      expect(handshake.verify(answer(proof, APP_PROOF))).toBeNull();
    }
  });

  it('takes no other frame for an answer', () => {
    const handshake = new Handshake(SECRET, PAGE_NONCE);
    const view = JSON.stringify({ event: 'view', payload: { revision: 1 } });
    const long = JSON.stringify({ nonce: APP_NONCE, proof: APP_PROOF, more: 'x'.repeat(1_000) });
    for (const frame of ['', '{', 'null', '7', '[]', view, long, new ArrayBuffer(32), undefined]) {
      expect(handshake.verify(frame)).toBeNull();
    }
  });
});
