import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareFingerprints,
  readSdpFingerprints,
  hashCertificate,
  readLiveCertificates,
  type CertificateHashes,
} from './fingerprints';

const der = new TextEncoder().encode('a certificate');
const other = new TextEncoder().encode('another certificate');
const hash = (name: string, of = der) => createHash(name).update(of).digest('hex');
const colons = (hex: string) => (hex.toUpperCase().match(/../g) ?? []).join(':');
const line = (name: string, hex: string) => `a=fingerprint:${name} ${colons(hex)}\r\n`;
const sdp = (...lines: string[]) =>
  `v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n${lines.join('m=audio 9 X 0\r\na=mid:0\r\n')}`;
const good = sdp(line('sha-256', hash('sha256')));
const theirs = sdp(line('sha-256', hash('sha256', other)));

/** Compares both ends and returns the result for the remote one. */
const remote = (live: CertificateHashes | null, sealed: string) => {
  const found = compareFingerprints({ local: null, remote: live }, { local: good, remote: sealed });
  return found === null || found === 'mismatch' ? found : found.remote;
};

describe('the fingerprints of a description', () => {
  it('are read from the session and every m-line in any case; old hashes are ignored', () => {
    const text = sdp(
      line('SHA-256', 'ab'.repeat(32)),
      line('sha-1', 'cd'.repeat(20)),
      `a=fingerprint:sha-512 ${colons('ef'.repeat(64)).toLowerCase()}\r\n`,
    );
    expect(readSdpFingerprints(text)).toEqual([
      { hash: 'sha-256', print: 'ab'.repeat(32) },
      { hash: 'sha-512', print: 'ef'.repeat(64) },
    ]);
    expect(readSdpFingerprints('a=fingerprint:toString AB:CD\r\nxa=fingerprint:sha-256 AB\r\n')).toEqual([]);
  });
});

describe('the comparison of live and sealed fingerprints', () => {
  it('accepts the same certificate by any strong hash', () => {
    const live = hashCertificate(der);
    expect(remote(live, good)).toBe(hash('sha256'));
    expect(remote(live, sdp(line('sha-384', hash('sha384'))))).toBe(hash('sha256'));
    expect(remote(live, sdp(line('sha-512', hash('sha512')), line('sha-256', hash('sha256'))))).toBe(
      hash('sha256'),
    );
  });

  it('fails for another certificate, for two, and for none with a strong hash', () => {
    const live = hashCertificate(der);
    expect(remote(live, theirs)).toBe('mismatch');
    expect(remote(live, sdp(line('sha-256', hash('sha256')), line('sha-256', hash('sha256', other))))).toBe(
      'mismatch',
    );
    expect(remote(live, sdp(line('sha-256', hash('sha256')), line('sha-512', hash('sha512', other))))).toBe(
      'mismatch',
    );
    expect(remote(live, sdp(line('sha-1', hash('sha1'))))).toBe('mismatch');
    expect(remote(live, sdp())).toBe('mismatch');
    expect(compareFingerprints({ local: live, remote: null }, { local: theirs, remote: good })).toBe(
      'mismatch',
    );
  });

  it('fails for any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const print = Uint8Array.from(createHash('sha256').update(der).digest());
        print[bit >> 3] = (print[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const flipped = Buffer.from(print).toString('hex');
        expect(remote(hashCertificate(der), sdp(line('sha-256', flipped)))).toBe('mismatch');
      }),
    );
  });

  it('accepts the sealed fingerprint if the browser reports nothing and there is only one', () => {
    expect(remote(null, good)).toBe(hash('sha256'));
    expect(remote(null, sdp(line('sha-256', hash('sha256')), line('sha-256', hash('sha256', other))))).toBe(
      'mismatch',
    );
    expect(remote(null, sdp())).toBeNull();
  });

  it('accepts a fingerprint of another hash in the statistics', () => {
    const live = { 'sha-384': hash('sha384') };
    expect(remote(live, sdp(line('sha-384', hash('sha384')), line('sha-256', hash('sha256'))))).toBe(
      hash('sha256'),
    );
    expect(remote(live, sdp(line('sha-384', hash('sha384'))))).toBeNull();
    expect(remote(live, good)).toBe('mismatch');
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
