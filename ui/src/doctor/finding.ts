/** The outcome of the diagnosis: closed codes, for which the views have the words. */
import type { AddressKind, ErrorCode, Nat, RelayFault, RelayState, TurnResult } from '../backend/generated';
import type { DeviceProblem } from '../types';
import type { Carrier } from './facts';

/**
 * `ok`: works. `attention`: works in part, or may stand in the way. `blocked`: stands in the way. `pending`: not known
 * yet. `none`: nothing to judge.
 */
export type Severity = 'ok' | 'attention' | 'blocked' | 'pending' | 'none';

/** Where the cause lies. */
export type Side = 'here' | 'network' | 'server' | 'there' | 'both';

export type Topic =
  | 'camera'
  | 'microphone'
  | 'network'
  | 'web'
  | 'clock'
  | 'udp'
  | 'nat'
  | 'router'
  | 'turn'
  | 'relays'
  | 'room';

/** Advice for a person. */
export const HELPS = [
  'connect',
  'other_network',
  'turn_server',
  'office',
  'sign_in',
  'set_clock',
  'router',
  'relay_setting',
  'turn_password',
  'ask_them',
  'their_network',
  'device',
  'uplink',
  'wait',
] as const;

export type Help = (typeof HELPS)[number];

/** Findings about this computer, its network or the room. */
export const LINE_CODES = [
  'camera_works',
  'camera_off',
  'camera_starting',
  'camera_problem',
  'microphone_works',
  'microphone_off',
  'microphone_starting',
  'microphone_problem',
  'network_unknown',
  'network_offline',
  'network_works',
  'web_unknown',
  'web_works',
  'web_portal',
  'web_proxy_only',
  'web_no_answer',
  'clock_unknown',
  'clock_right',
  'clock_ahead',
  'clock_behind',
  'udp_unknown',
  'udp_works',
  'udp_blocked',
  'nat_unknown',
  'nat_none',
  'nat_stable',
  'nat_symmetric',
  'nat_one_server',
  'router_off',
  'router_trying',
  'router_opens',
  'router_closed',
  'router_behind_another',
  'turn_none',
  'turn_unknown',
  'turn_works',
  'turn_without_udp',
  'turn_refused',
  'turn_no_answer',
  'relays_none',
  'relays_connecting',
  'relays_work',
  'relays_silent',
  'room_here',
  'room_online',
  'room_connecting',
  'room_reconnecting',
  'room_host_lost',
  'room_closed',
  'room_failed',
] as const;

export type LineCode = (typeof LINE_CODES)[number];

/** Which way carries the call to a person, and why that one. */
export const WAY_CODES = [
  'way_network',
  'way_direct',
  'way_direct_ipv6',
  'way_relay_setting',
  'way_relay_udp_blocked',
  'way_relay_symmetric',
  'way_relay_there',
  'way_relay',
  'way_unknown',
] as const;

export type WayCode = (typeof WAY_CODES)[number];

/** Why a link does not come about. */
export const FAILURE_CODES = [
  'link_connecting',
  'link_reconnecting',
  'link_checking',
  'link_ended',
  'link_offline',
  'link_portal',
  'link_proxy_only',
  'link_no_internet',
  'link_udp_here',
  'link_udp_there',
  'link_udp_both',
  'link_symmetric_both',
  'link_symmetric_here',
  'link_symmetric_there',
  'link_relay_only',
  'link_no_stun',
  'link_not_here',
  'link_unknown',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

interface Judged {
  readonly severity: Severity;
  readonly side: Side | null;
  readonly helps: readonly Help[];
}

export interface Line extends Judged {
  readonly topic: Topic;
  readonly code: LineCode;
  /** For the sentence: minutes of a clock. */
  readonly minutes?: number;
  readonly problem?: DeviceProblem;
  readonly error?: ErrorCode;
  /** For the details: `host:port`, addresses, kinds. */
  readonly details: readonly Detail[];
}

export type DetailName =
  | 'ipv4'
  | 'ipv6'
  | 'stun'
  | 'seen'
  | 'turn_udp'
  | 'turn_tcp'
  | 'turn_tls'
  | 'relay'
  | 'proxy'
  | 'nat'
  | 'here'
  | 'there';

/** The text of a detail. */
export type DetailWord =
  | AddressKind
  | Nat
  | TurnResult
  | Exclude<RelayState['state'], 'paused' | 'failing' | 'dropped'>
  | RelayFault
  | 'set_up'
  | RTCIceCandidateType;

/** One fact under a line. */
export interface Detail {
  readonly name: DetailName;
  /** An address or a name. */
  readonly value?: string;
  readonly word?: DetailWord;
}

export interface PersonFinding extends Judged {
  readonly id: string;
  readonly name: string;
  readonly code: WayCode | FailureCode;
  /** The call suffers from the link, whatever way it goes. */
  readonly isWeak: boolean;
  /** Milliseconds. */
  readonly roundTripTime: number | null;
  readonly carrier: Carrier | null;
  readonly details: readonly Detail[];
}

export interface Diagnosis {
  readonly lines: readonly Line[];
  readonly people: readonly PersonFinding[];
  /** The line or the person that stands in the way most. Null: nothing does. */
  readonly worst: Line | PersonFinding | null;
}
