import { isInteger, isRecord } from './json';

/** An ICE candidate. Its component is always 1, because RTP and RTCP share one. */
export interface Candidate {
  type: 'host' | 'srflx' | 'prflx' | 'relay';
  /** An IP address, or an mDNS name that hides one. */
  address: string;
  port: number;
  priority: number;
  foundation: string;
  /** Missing: UDP. */
  tcp?: 'active' | 'passive' | 'so';
  /** The related address and port. */
  raddr?: string;
  rport?: number;
  /** What Chromium thinks of the network: 0 is cheap, 999 the dearest. */
  cost?: number;
  /** The username fragment of the description that it belongs to. Candidates inside one have none. */
  ufrag?: string;
}

/** For one description, those inside and those that follow. A machine has about ten; with many networks, some dozens. */
export const MAX_CANDIDATES = 64;

const TYPES = ['host', 'srflx', 'prflx', 'relay'] as const;
const TCP_TYPES = ['active', 'passive', 'so'] as const;
const MAX_PRIORITY = 2 ** 31 - 1;

export const isUfrag = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z\d+/]{4,32}$/.test(value);

export const isPwd = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z\d+/]{22,64}$/.test(value);

/** Reads a candidate that a peer or the own browser made; undefined if it is not one that can be used. */
export function readCandidate(raw: unknown): Candidate | undefined {
  if (!isRecord(raw)) return undefined;
  const { type, address, port, priority, foundation, tcp, raddr, rport, cost, ufrag } = raw;
  const known = TYPES.find((name) => name === type);
  if (!known || !isAddress(address) || !isInteger(port, 1, 65_535)) return undefined;
  if (!isInteger(priority, 1, MAX_PRIORITY) || !isFoundation(foundation)) return undefined;
  const candidate: Candidate = { type: known, address, port, priority, foundation };
  if (tcp !== undefined) {
    const role = TCP_TYPES.find((name) => name === tcp);
    if (!role) return undefined;
    candidate.tcp = role;
  }
  if (raddr !== undefined || rport !== undefined) {
    if (!isAddress(raddr) || !isInteger(rport, 0, 65_535)) return undefined;
    Object.assign(candidate, { raddr, rport });
  }
  if (cost !== undefined) {
    if (!isInteger(cost, 0, 999)) return undefined;
    candidate.cost = cost;
  }
  if (ufrag !== undefined) {
    if (!isUfrag(ufrag)) return undefined;
    candidate.ufrag = ufrag;
  }
  return candidate;
}

/** Reads the browser's own line, `candidate:…` (RFC 8839, 5.1). Fields that are not used are left out. */
export function parseCandidate(line: string, ufrag?: string | null): Candidate | undefined {
  const [head = '', component, protocol, priority, address, port, typ, type, ...rest] = line.split(' ');
  const [, foundation] = /^candidate:(.+)$/.exec(head) ?? [];
  if (component !== '1' || typ !== 'typ') return undefined;
  const more = new Map<string, string>();
  for (let at = 0; at + 1 < rest.length; at += 2) more.set(rest[at] ?? '', rest[at + 1] ?? '');
  const transport = protocol?.toLowerCase();
  if (transport !== 'udp' && transport !== 'tcp') return undefined;
  const optional = {
    tcp: transport === 'tcp' ? (more.get('tcptype') ?? '') : undefined,
    raddr: more.get('raddr'),
    rport: numberOf(more.get('rport')),
    cost: numberOf(more.get('network-cost')) || undefined,
    ufrag: ufrag ?? undefined,
  };
  return readCandidate({
    ...{ type, address, port: numberOf(port), priority: numberOf(priority), foundation },
    ...optional,
  });
}

/** The line without `a=`. */
export function writeCandidate(candidate: Candidate): string {
  const { type, address, port, priority, foundation, tcp, raddr, rport, cost } = candidate;
  return [
    `candidate:${foundation} 1 ${tcp ? 'tcp' : 'udp'} ${priority} ${address} ${port} typ ${type}`,
    ...(raddr !== undefined ? [`raddr ${raddr} rport ${rport}`] : []),
    ...(tcp ? [`tcptype ${tcp}`] : []),
    ...(cost !== undefined ? [`network-cost ${cost}`] : []),
  ].join(' ');
}

/** All candidates belong to the transport of the first section. */
export function toInit(candidate: Candidate): RTCIceCandidateInit {
  return {
    candidate: writeCandidate(candidate),
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: candidate.ufrag ?? null,
  };
}

const isFoundation = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z\d+/]{1,32}$/.test(value);

/** IP literals without a zone, and `.local` names of one label: no name that a DNS server would be asked for. */
function isAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 64) return false;
  return isIpv4(value) || isIpv6(value) || /^[A-Za-z\d-]{1,57}\.local$/.test(value);
}

const isIpv4 = (text: string): boolean =>
  /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) &&
  text.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part);

function isIpv6(text: string): boolean {
  if (!/^[\dA-Fa-f:]{2,39}(?:\d{1,3}\.){0,3}\d{0,3}$/.test(text)) return false;
  try {
    return new URL(`http://[${text}]/`).hostname.length > 2;
  } catch {
    return false;
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
