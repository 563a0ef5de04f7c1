import type { CandidateFact, EndFact, PathFact } from '../../doctor/facts';
import type { Measurement } from '../../doctor/quality';

/** The reports of which the fields below are read. A field may be missing: browsers differ. */
interface Report {
  id: string;
  type: string;
  timestamp: number;
  kind?: string;
  candidateType?: RTCIceCandidateType;
  address?: string | null;
  port?: number;
  /** Of a relay candidate of this side: the TURN server. */
  url?: string;
  protocol?: string;
  relayProtocol?: string;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  remoteCandidateId?: string;
  nominated?: boolean;
  state?: string;
  currentRoundTripTime?: number;
  bytesReceived?: number;
  bytesSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
}

/** The state of a link now, for the diagnosis and its graphs. The statistics are read once. */
export interface LinkMeasurement extends Measurement {
  path: PathFact | null;
  ours: CandidateFact;
  theirs: CandidateFact;
}

export async function measureLink(pc: RTCPeerConnection): Promise<LinkMeasurement> {
  const reports = [...((await pc.getStats()) as unknown as Map<string, Report>).values()];
  const inbound = reports.filter(({ type }) => type === 'inbound-rtp');
  const sum = (field: 'packetsReceived' | 'packetsLost') =>
    inbound.reduce((total, report) => total + Math.max(0, report[field] ?? 0), 0);
  const pair = selectedPair(reports);
  const transport = reports.find(({ type }) => type === 'transport');
  const video = inbound
    .filter(({ kind, framesPerSecond }) => kind === 'video' && (framesPerSecond ?? 0) > 0)
    .reduce<Report | null>((a, b) => (a && size(a) >= size(b) ? a : b), null);
  return {
    at: pair?.timestamp ?? transport?.timestamp ?? performance.timeOrigin + performance.now(),
    path: pair ? pathOf(pair, reports) : null,
    ours: candidates(reports, 'local-candidate'),
    theirs: candidates(reports, 'remote-candidate'),
    roundTripTime: milliseconds(pair?.currentRoundTripTime),
    bytesReceived: transport?.bytesReceived ?? pair?.bytesReceived ?? 0,
    bytesSent: transport?.bytesSent ?? pair?.bytesSent ?? 0,
    packetsReceived: sum('packetsReceived'),
    packetsLost: sum('packetsLost'),
    height: video ? Math.min(video.frameWidth ?? 0, video.frameHeight ?? 0) : null,
  };
}

const size = ({ frameWidth = 0, frameHeight = 0 }: Report): number => frameWidth * frameHeight;

const milliseconds = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.round(seconds * 1_000);

/** The transport names its pair. In Firefox it does not; there it is the nominated pair that succeeded. */
function selectedPair(reports: readonly Report[]): Report | null {
  const id = reports.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
  const pairs = reports.filter(({ type }) => type === 'candidate-pair');
  return (
    pairs.find((pair) =>
      id === undefined ? pair.nominated && pair.state === 'succeeded' : pair.id === id,
    ) ?? null
  );
}

function candidates(reports: readonly Report[], type: 'local-candidate' | 'remote-candidate'): CandidateFact {
  const kinds = reports.filter((report) => report.type === type).map(({ candidateType }) => candidateType);
  return {
    host: kinds.includes('host'),
    reflexive: kinds.includes('srflx') || kinds.includes('prflx'),
    relay: kinds.includes('relay'),
  };
}

function pathOf(pair: Report, reports: readonly Report[]): PathFact {
  const candidate = (id: string | undefined) => reports.find((report) => report.id === id);
  const local = candidate(pair.localCandidateId);
  const remote = candidate(pair.remoteCandidateId);
  const isRelayed = { here: local?.candidateType === 'relay', there: remote?.candidateType === 'relay' };
  const relayed =
    isRelayed.here && isRelayed.there ? 'both' : isRelayed.here ? 'here' : isRelayed.there ? 'there' : null;
  const address = remote?.address || local?.address || '';
  return {
    scope: relayed === null ? scopeOf(local, remote) : null,
    family: address === '' ? null : address.includes(':') ? 'ipv6' : 'ipv4',
    relayed,
    relayProtocol: isRelayed.here ? readProtocol(local?.relayProtocol) : null,
    relayUrl: isRelayed.here ? (local?.url ?? null) : null,
    here: endOf(local),
    there: endOf(remote),
    roundTripTime: milliseconds(pair.currentRoundTripTime),
  };
}

/** A browser may hide an address of one's own network behind a name. */
function endOf(report: Report | undefined): EndFact | null {
  if (!report?.candidateType) return null;
  const { address, port, candidateType: type } = report;
  if (!address || address.endsWith('.local')) return { type, address: null };
  const host = address.includes(':') ? `[${address}]` : address;
  return { type, address: port === undefined ? host : `${host}:${port}` };
}

const readProtocol = (text: string | undefined): PathFact['relayProtocol'] =>
  text === 'udp' || text === 'tcp' || text === 'tls' ? text : null;

/**
 * A browser hides addresses of one's own network behind names, and that of a peer that it found by itself: then the
 * kinds decide. Two addresses as the computers have them meet in one network.
 */
function scopeOf(local: Report | undefined, remote: Report | undefined): PathFact['scope'] {
  const address = remote?.address ?? '';
  if (address !== '' && !address.endsWith('.local')) return isPrivate(address) ? 'network' : 'internet';
  const isHost = (report: Report | undefined) => report?.candidateType === 'host';
  if (isHost(local) && remote?.candidateType !== 'srflx') return isGlobal(local?.address) ? null : 'network';
  return isHost(remote) ? 'network' : 'internet';
}

const isGlobal = (address: string | null | undefined): boolean =>
  address !== undefined && address !== null && address !== '' && !isPrivate(address);

/**
 * Addresses of one's own network or computer (RFC 1918, RFC 3927, RFC 4193, RFC 4291), and those of 192.0.2.0/24, which
 * the internet does not have (RFC 5737) and networks of virtual machines use.
 */
export function isPrivate(address: string): boolean {
  if (address.endsWith('.local')) return true;
  if (address.includes(':')) return /^\[?(::1$|f[cd]|fe[89ab])/i.test(address);
  return /^(10\.|127\.|169\.254\.|192\.168\.|192\.0\.2\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}
