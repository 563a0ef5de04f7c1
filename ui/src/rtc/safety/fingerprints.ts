import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** The SHA-256 fingerprints of both certificates, in lower-case hex. */
export interface Fingerprints {
  local: string;
  remote: string;
}

/** The certificates of the transport, as fingerprints; null where a browser does not tell. */
export interface LiveFingerprints {
  local: string | null;
  remote: string | null;
}

/**
 * Compares the certificates of the live transport with the sealed fingerprints. Null if the peer's live certificate is
 * unknown: what a description says proves nothing about the transport.
 */
export function compareFingerprints(
  live: LiveFingerprints,
  sealed: Fingerprints,
): Fingerprints | 'mismatch' | null {
  const fits = (['local', 'remote'] as const).every((end) => live[end] === null || live[end] === sealed[end]);
  if (!fits) return 'mismatch';
  return live.remote === null ? null : { local: sealed.local, remote: live.remote };
}

/** Reads the peer's certificate itself where the browser gives it, else its fingerprint from the statistics. */
export async function readLiveFingerprints(
  pc: RTCPeerConnection,
  transport: RTCDtlsTransport | null,
): Promise<LiveFingerprints | 'transports_differ'> {
  const reported = await readStats(pc).catch(() => ({ local: null, remote: null }));
  if (reported === 'transports_differ') return reported;
  return { local: reported.local, remote: readCertificate(transport) ?? reported.remote };
}

function readCertificate(transport: RTCDtlsTransport | null): string | null {
  try {
    const [certificate] = transport?.getRemoteCertificates() ?? [];
    return certificate ? bytesToHex(sha256(new Uint8Array(certificate))) : null;
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

async function readStats(pc: RTCPeerConnection): Promise<LiveFingerprints | 'transports_differ'> {
  const report = await pc.getStats();
  const all = [...(report.values() as Iterable<TransportReport>)];
  const [transport, another] = all.filter(({ type }) => type === 'transport');
  if (another) return 'transports_differ';
  return {
    local: reportedFingerprint(report, transport?.localCertificateId),
    remote: reportedFingerprint(report, transport?.remoteCertificateId),
  };
}

function reportedFingerprint(report: RTCStatsReport, id: string | undefined): string | null {
  const certificate = id === undefined ? undefined : (report.get(id) as CertificateReport | undefined);
  const { fingerprint, fingerprintAlgorithm = '' } = certificate ?? {};
  const isKnown = fingerprint !== undefined && fingerprintAlgorithm.toLowerCase() === 'sha-256';
  return isKnown ? plain(fingerprint) : null;
}

const plain = (print: string): string => print.replaceAll(':', '').toLowerCase();
