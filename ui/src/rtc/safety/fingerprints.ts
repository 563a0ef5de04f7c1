import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** The hashes that prove something; older ones are as good as none. */
const HASHES = { 'sha-256': sha256, 'sha-384': sha384, 'sha-512': sha512 } as const;
type Hash = keyof typeof HASHES;

/** A certificate's fingerprints, by hash, in lower-case hex. */
export type CertificateHashes = Partial<Record<Hash, string>>;

/** SHA-256 of the certificates at both ends. */
export interface Fingerprints {
  local: string;
  remote: string;
}

/** What is known of both ends; null where a browser does not say. */
export interface LiveCertificates {
  local: CertificateHashes | null;
  remote: CertificateHashes | null;
}

/** The fingerprints of a certificate. */
export function hashCertificate(der: Uint8Array): CertificateHashes {
  return Object.fromEntries(Object.entries(HASHES).map(([hash, of]) => [hash, bytesToHex(of(der))]));
}

/** All `a=fingerprint` lines of a description, of the session and of every m-line. */
export function readSdpFingerprints(sdp: string): { hash: Hash; print: string }[] {
  return [...sdp.matchAll(/^a=fingerprint:(\S+) ([\da-f:]+)\s*$/gim)].flatMap(([, hash = '', print = '']) => {
    const known = hash.toLowerCase();
    return isHash(known) ? [{ hash: known, print: plain(print) }] : [];
  });
}

/**
 * Holds what the transport reports against what came and went sealed. Where a browser reports nothing, the sealed ones
 * count: it has held the other's against the certificate itself. Null while nothing is known.
 */
export function compareFingerprints(
  live: LiveCertificates,
  sealed: { local: string; remote: string },
): Fingerprints | 'mismatch' | null {
  const local = compareEnd(live.local, readSdpFingerprints(sealed.local));
  const remote = compareEnd(live.remote, readSdpFingerprints(sealed.remote));
  if (local === 'mismatch' || remote === 'mismatch') return 'mismatch';
  return local && remote ? { local, remote } : null;
}

/** One end. Every line whose hash is known must be right, and one must be. */
function compareEnd(
  live: CertificateHashes | null,
  lines: { hash: Hash; print: string }[],
): string | 'mismatch' | null {
  const of = (hash: Hash) => lines.filter((line) => line.hash === hash).map(({ print }) => print);
  const sealed = new Set(of('sha-256'));
  if (sealed.size > 1) return 'mismatch';
  const [known = null] = sealed;
  if (!live) return known;
  const comparable = lines.filter(({ hash }) => live[hash] !== undefined);
  if (comparable.length === 0 || comparable.some(({ hash, print }) => live[hash] !== print))
    return 'mismatch';
  return live['sha-256'] ?? known;
}

/** What the live transport reports: the certificates themselves, else what the statistics tell of them. */
export async function readLiveCertificates(pc: RTCPeerConnection): Promise<LiveCertificates> {
  const [local, told] = await readStats(pc).catch(() => [null, null]);
  return { local, remote: readCertificate(pc) ?? told };
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

/** All media and data of a link share one transport. */
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
