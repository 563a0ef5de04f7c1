/**
 * The facts that the diagnosis is made from. The app measures the network, the page that runs the call knows devices and
 * links. A value that is null is not known, or not yet.
 */
import type {
  ConnectionState,
  ErrorCode,
  NetworkFacts,
  PortMappingStatus,
  RelayView,
  RoomHost,
} from '../backend/generated';
import type { DeviceProblem, LinkState, NetworkReport } from '../types';
export interface Facts {
  /** Probes still run. */
  readonly running: boolean;
  /** Null before the first check. */
  readonly network: NetworkFacts | null;
  /** Null where no page with devices is: in the app's window while a browser runs the call. */
  readonly devices: { readonly camera: DeviceFact; readonly microphone: DeviceFact } | null;
  /** Whether the router lets others in, for a room that is hosted here. */
  readonly router: PortMappingStatus;
  readonly room: RoomFact | null;
  /** The call may only use TURN servers. */
  readonly relayOnly: boolean;
  readonly people: readonly PersonFact[];
}

export interface DeviceFact {
  readonly state: 'on' | 'off' | 'starting' | 'missing';
  readonly problem: DeviceProblem | null;
}

export interface RoomFact {
  readonly hosting: boolean;
  readonly host: RoomHost;
  readonly connection: ConnectionState;
  readonly failed: ErrorCode | null;
  /** Empty: the room uses none. */
  readonly relays: readonly RelayView[];
}

/** Where the two ends of a path are, as their addresses tell. */
export type PathScope = 'network' | 'internet';

/** One candidate of a pair. */
export interface EndFact {
  readonly type: RTCIceCandidateType;
  /** `ip:port`; null where the browser hides it. */
  readonly address: string | null;
}

/** The pair of candidates that carries a link. */
export interface PathFact {
  /** Null: relayed, or not known. */
  readonly scope: PathScope | null;
  readonly family: 'ipv4' | 'ipv6' | null;
  /** Which side goes through its TURN server. */
  readonly relayed: 'here' | 'there' | 'both' | null;
  /** Between this computer and its TURN server. */
  readonly relayProtocol: 'udp' | 'tcp' | 'tls' | null;
  /** The address of that server, as in `RTCIceServer`. Not every browser tells it. */
  readonly relayUrl: string | null;
  readonly here: EndFact | null;
  readonly there: EndFact | null;
  /** In milliseconds. */
  readonly roundTripTime: number | null;
}

/** The kinds of candidates that one side has named. */
export interface CandidateFact {
  readonly host: boolean;
  /** An address that a STUN server has seen. */
  readonly reflexive: boolean;
  readonly relay: boolean;
}

export interface Carrier {
  readonly id: string;
  readonly name: string;
  /** It is the app of this person. */
  readonly isOwn: boolean;
}

export interface PersonFact {
  readonly id: string;
  readonly name: string;
  readonly state: LinkState;
  readonly path: PathFact | null;
  /** The member whose Parlour carries the link. Null: none does, or it is not known whose. */
  readonly carrier: Carrier | null;
  readonly isWeak: boolean;
  readonly ours: CandidateFact | null;
  readonly theirs: CandidateFact | null;
  /** The findings of the other side's check. */
  readonly report: NetworkReport | null;
}

/** The report of this network for the other side, so that both know on whose side a link fails. It has no address. */
export function reportOf(network: NetworkFacts): NetworkReport {
  return {
    udp: network.udp === null ? 'unknown' : network.udp ? 'works' : 'blocked',
    nat: network.nat ?? 'unknown',
  };
}
