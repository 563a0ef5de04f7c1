import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFingerprints, readLiveFingerprints } from './fingerprints';

const der = new TextEncoder().encode('a certificate');
const PRINT = createHash('sha256').update(der).digest('hex');
const OURS = 'ab'.repeat(32);
const THEIRS = 'cd'.repeat(32);
const SEALED = { local: OURS, remote: THEIRS };
const colons = (hex: string) => (hex.toUpperCase().match(/../g) ?? []).join(':');

describe('the comparison of live and sealed fingerprints', () => {
  it('accepts the certificates that were sealed', () => {
    expect(compareFingerprints(SEALED, SEALED)).toEqual(SEALED);
    expect(compareFingerprints({ local: null, remote: THEIRS }, SEALED)).toEqual(SEALED);
  });

  it('knows nothing without a live certificate of the peer, whatever the description says', () => {
    expect(compareFingerprints({ local: OURS, remote: null }, SEALED)).toBeNull();
    expect(compareFingerprints({ local: null, remote: null }, SEALED)).toBeNull();
  });

  it('fails for any flipped bit, at either end', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.constantFrom('local', 'remote'), (bit, end) => {
        const bytes = Buffer.from(SEALED[end], 'hex');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const live = { ...SEALED, [end]: bytes.toString('hex') };
        expect(compareFingerprints(live, SEALED)).toBe('mismatch');
      }),
    );
  });
});

describe('the certificates of the live transport', () => {
  const certificate = (print: string, fingerprintAlgorithm = 'sha-256') => ({
    type: 'certificate',
    fingerprint: colons(print),
    fingerprintAlgorithm,
  });
  const transport = { type: 'transport', localCertificateId: 'L', remoteCertificateId: 'R' };
  const read = (certificates: ArrayBuffer[] | null, stats: Record<string, unknown> = {}) => {
    const reports = new Map(
      Object.entries({ T: transport, L: certificate(OURS), R: certificate(THEIRS, 'SHA-256'), ...stats }),
    );
    return readLiveFingerprints(
      { getStats: async () => reports } as unknown as RTCPeerConnection,
      certificates && ({ getRemoteCertificates: () => certificates } as unknown as RTCDtlsTransport),
    );
  };

  it('are read from the certificate, else from the statistics', async () => {
    expect(await read([der.slice().buffer])).toEqual({ local: OURS, remote: PRINT });
    expect(await read([])).toEqual({ local: OURS, remote: THEIRS });
    expect(await read(null)).toEqual({ local: OURS, remote: THEIRS });
  });

  it('are unknown by another hash, and where the browser says nothing', async () => {
    const other = certificate('ef'.repeat(48), 'sha-384');
    expect(await read(null, { R: other })).toEqual({ local: OURS, remote: null });
    expect(await read(null, { T: {} })).toEqual({ local: null, remote: null });
    const closed = { getStats: () => Promise.reject(new Error('closed')) } as unknown as RTCPeerConnection;
    expect(await readLiveFingerprints(closed, null)).toEqual({ local: null, remote: null });
  });

  it('belong to one transport', async () => {
    expect(await read(null, { U: transport })).toBe('transports_differ');
  });
});
