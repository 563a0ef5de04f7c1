import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Older hashes prove nothing. */
const HASHES = { 'sha-256': sha256, 'sha-384': sha384, 'sha-512': sha512 } as const;
type Hash = keyof typeof HASHES;

/** The fingerprints of one certificate, in lower-case hex. */
export type CertificateHashes = Partial<Record<Hash, string>>;

/** The SHA-256 fingerprints of both certificates. */
export interface Fingerprints {
  local: string;
  remote: string;
}

/** The certificates of the transport; null where a browser does not tell. */
export interface LiveCertificates {
  local: CertificateHashes | null;
  remote: CertificateHashes | null;
}

export function hashCertificate(der: Uint8Array): CertificateHashes {
  return Object.fromEntries(Object.entries(HASHES).map(([hash, of]) => [hash, bytesToHex(of(der))]));
}

/**
 * Compares the certificates of the transport with the SHA-256 fingerprints of the sealed descriptions, which are empty
 * while there are none. Where a browser reports no certificate the sealed fingerprints count: the browser has compared
 * the peer's with the certificate itself. Null while nothing is known.
 */
export function compareFingerprints(
  live: LiveCertificates,
  sealed: { local: string; remote: string },
): Fingerprints | 'mismatch' | null {
  const differs = (certificate: CertificateHashes | null, print: string) =>
    certificate !== null && certificate['sha-256'] !== print;
  if (differs(live.local, sealed.local) || differs(live.remote, sealed.remote)) return 'mismatch';
  return sealed.local && sealed.remote ? { local: sealed.local, remote: sealed.remote } : null;
}

/** Reads the peer's certificate itself where the browser gives it, else its fingerprint from the statistics. */
export async function readLiveCertificates(pc: RTCPeerConnection): Promise<LiveCertificates> {
  const [local, reported] = await readStats(pc).catch(() => [null, null]);
  return { local, remote: readCertificate(pc) ?? reported };
}

function readCertificate(pc: RTCPeerConnection): CertificateHashes | null {
  try {
    const [certificate] = pc.sctp?.transport.getRemoteCertificates() ?? [];
    return certificate ? hashCertificate(new Uint8Array(certificate)) : null;
  } catch {
    return null;
  }
}

interface TransportReport extends RTCStats {
  localCertificateId?: string;
  remoteCertificateId?: string;
}

interface CertificateReport {
  fingerprint?: string;
  fingerprintAlgorithm?: string;
}

async function readStats(
  pc: RTCPeerConnection,
): Promise<[CertificateHashes | null, CertificateHashes | null]> {
  const report = await pc.getStats();
  for (const stats of report.values() as Iterable<TransportReport>) {
    if (stats.type !== 'transport') continue;
    const { localCertificateId, remoteCertificateId } = stats;
    return [named(report, localCertificateId), named(report, remoteCertificateId)];
  }
  return [null, null];
}

function named(report: RTCStatsReport, id: string | undefined): CertificateHashes | null {
  const certificate = id === undefined ? undefined : (report.get(id) as CertificateReport | undefined);
  const { fingerprint, fingerprintAlgorithm = '' } = certificate ?? {};
  const hash = fingerprintAlgorithm.toLowerCase();
  return fingerprint !== undefined && isHash(hash) ? { [hash]: plain(fingerprint) } : null;
}

const isHash = (name: string): name is Hash => Object.hasOwn(HASHES, name);

const plain = (print: string): string => print.replaceAll(':', '').toLowerCase();
