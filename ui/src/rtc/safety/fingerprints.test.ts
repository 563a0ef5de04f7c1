import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareFingerprints,
  hashCertificate,
  readLiveCertificates,
  type CertificateHashes,
} from './fingerprints';

const der = new TextEncoder().encode('a certificate');
const other = new TextEncoder().encode('another certificate');
const hash = (name: string, of = der) => createHash(name).update(of).digest('hex');
const colons = (hex: string) => (hex.toUpperCase().match(/../g) ?? []).join(':');
const good = hash('sha256');
const theirs = hash('sha256', other);

/** Compares both ends and returns the result for the remote one. */
const remote = (live: CertificateHashes | null, sealed: string) => {
  const found = compareFingerprints({ local: null, remote: live }, { local: good, remote: sealed });
  return found === null || found === 'mismatch' ? found : found.remote;
};

describe('the comparison of live and sealed fingerprints', () => {
  it('accepts the same certificate', () => {
    expect(remote(hashCertificate(der), good)).toBe(good);
  });

  it('fails for another certificate, and for one that was not sealed', () => {
    const live = hashCertificate(der);
    expect(remote(live, theirs)).toBe('mismatch');
    expect(remote(live, '')).toBe('mismatch');
    expect(remote({ 'sha-384': hash('sha384') }, good)).toBe('mismatch');
    expect(compareFingerprints({ local: live, remote: null }, { local: theirs, remote: good })).toBe(
      'mismatch',
    );
  });

  it('fails for any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const print = Uint8Array.from(createHash('sha256').update(der).digest());
        print[bit >> 3] = (print[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(remote(hashCertificate(der), Buffer.from(print).toString('hex'))).toBe('mismatch');
      }),
    );
  });

  it('accepts the sealed fingerprint if the browser reports nothing', () => {
    expect(remote(null, good)).toBe(good);
    expect(remote(null, '')).toBeNull();
  });
});

describe('the certificate of the live transport', () => {
  const certificate = (print: string, fingerprintAlgorithm = 'sha-256') => ({
    type: 'certificate',
    fingerprint: colons(print),
    fingerprintAlgorithm,
  });
  const stats = new Map<string, unknown>([
    ['T', { type: 'transport', localCertificateId: 'L', remoteCertificateId: 'R' }],
    ['L', certificate('ab'.repeat(32))],
    ['R', certificate('cd'.repeat(32), 'SHA-256')],
  ]);
  const pc = (over: object) =>
    ({ sctp: null, getStats: async () => stats, ...over }) as unknown as RTCPeerConnection;
  const transport = (getRemoteCertificates: () => ArrayBuffer[]) => ({
    sctp: { transport: { getRemoteCertificates } },
  });

  it('is read from the certificate, else from the statistics', async () => {
    const remote = { 'sha-256': 'cd'.repeat(32) };
    const local = { 'sha-256': 'ab'.repeat(32) };
    expect(await readLiveCertificates(pc(transport(() => [der.slice().buffer])))).toEqual({
      local,
      remote: hashCertificate(der),
    });
    expect(await readLiveCertificates(pc(transport(() => [])))).toEqual({ local, remote });
    expect(await readLiveCertificates(pc({}))).toEqual({ local, remote });
    expect(await readLiveCertificates(pc({ sctp: { transport: {} } }))).toEqual({ local, remote });
  });

  it('may be unknown', async () => {
    const nothing = { local: null, remote: null };
    expect(await readLiveCertificates(pc({ getStats: async () => new Map() }))).toEqual(nothing);
    expect(await readLiveCertificates(pc({ getStats: () => Promise.reject(new Error('closed')) }))).toEqual(
      nothing,
    );
  });
});
