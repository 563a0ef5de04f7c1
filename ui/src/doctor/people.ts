/** Which way carries the call to one person and why, or why no way does. */
import type { NetworkFacts } from '../backend/generated';
import type { Facts, PersonFact } from './facts';
import type { Detail, FailureCode, Help, PersonFinding, Severity, Side, WayCode } from './finding';
import { isOffline, isProxyOnly, isWithoutInternet } from './lines';

type Judgement = readonly [FailureCode, Severity, Side | null, readonly Help[]];

/** Links that may still come about by themselves. */
const PENDING = { connecting: 'link_connecting', reconnecting: 'link_reconnecting' } as const;

export function diagnosePerson(facts: Facts, person: PersonFact): PersonFinding {
  const { id, name, state, path, isWeak, carrier } = person;
  const roundTripTime = path?.roundTripTime ?? null;
  if (state === 'connected') {
    const code = wayOf(facts, person);
    const judged = isWeak
      ? ({ severity: 'attention', helps: ['uplink'] } as const)
      : ({ severity: 'ok', helps: [] } as const);
    return { id, name, code, isWeak, ...judged, side: null, roundTripTime, carrier, details: endsOf(person) };
  }
  const [code, severity, side, helps] =
    state === 'ended'
      ? (['link_ended', 'blocked', null, []] as Judgement)
      : state === 'failed'
        ? causeOf(facts, person)
        : ([PENDING[state], 'pending', null, []] as Judgement);
  const none = { isWeak: false, roundTripTime: null, carrier: null, details: [] };
  return { id, name, code, severity, side, helps, ...none };
}

/** The pair of candidates. */
function endsOf({ path }: PersonFact): Detail[] {
  return (['here', 'there'] as const).flatMap((name) => {
    const end = path?.[name];
    if (!end) return [];
    return [{ name, ...(end.address === null ? {} : { value: end.address }), word: end.type }];
  });
}

function wayOf({ network, relayOnly }: Facts, { path, report, theirs }: PersonFact): WayCode {
  if (!path) return 'way_unknown';
  if (path.relayed === null) {
    if (path.scope === 'network') return 'way_network';
    if (path.scope === null) return 'way_unknown';
    return path.family === 'ipv6' ? 'way_direct_ipv6' : 'way_direct';
  }
  if (relayOnly) return 'way_relay_setting';
  if (network?.udp === false || path.relayProtocol === 'tcp' || path.relayProtocol === 'tls')
    return 'way_relay_udp_blocked';
  if (report?.udp === 'blocked' || isRelayOnly(theirs)) return 'way_relay_there';
  if (network?.nat === 'symmetric' && report?.nat === 'symmetric') return 'way_relay_symmetric';
  return 'way_relay';
}

const isRelayOnly = (theirs: PersonFact['theirs']): boolean =>
  theirs !== null && theirs.relay && !theirs.host && !theirs.reflexive;

/** The nearest cause first: what is wrong here explains everything else. */
function causeOf(facts: Facts, person: PersonFact): Judgement {
  const { network, running, relayOnly } = facts;
  const { report, ours } = person;
  if (relayOnly && ours?.relay !== true) {
    return ['link_relay_only', 'blocked', 'here', ['turn_server', 'relay_setting']];
  }
  if (!network) return ['link_checking', 'pending', null, []];
  if (isOffline(network)) return ['link_offline', 'blocked', 'here', ['connect']];
  if (network.captive_portal) return ['link_portal', 'blocked', 'network', ['sign_in']];
  if (isProxyOnly(network)) {
    return ['link_proxy_only', 'blocked', 'network', ['office', 'other_network', 'turn_server']];
  }
  if (isWithoutInternet(network)) {
    return ['link_no_internet', 'blocked', 'network', ['router', 'other_network']];
  }
  const away: readonly Help[] = ['other_network', 'turn_server', 'office'];
  const isBlockedHere = network.udp === false;
  const isBlockedThere = report?.udp === 'blocked';
  if (isBlockedHere && isBlockedThere) return ['link_udp_both', 'blocked', 'both', away];
  if (isBlockedHere) return ['link_udp_here', 'blocked', 'network', away];
  if (isBlockedThere) return ['link_udp_there', 'blocked', 'there', ['their_network', 'turn_server']];
  if (running) return ['link_checking', 'pending', null, []];
  const isSymmetricHere = network.nat === 'symmetric';
  const isSymmetricThere = report?.nat === 'symmetric';
  if (isSymmetricHere && isSymmetricThere) {
    return ['link_symmetric_both', 'blocked', 'both', ['turn_server', 'other_network']];
  }
  if (isSymmetricHere) return ['link_symmetric_here', 'attention', 'network', away];
  if (isSymmetricThere) {
    return ['link_symmetric_there', 'attention', 'there', ['their_network', 'turn_server']];
  }
  if (hasNoStun(network, person)) return ['link_no_stun', 'blocked', 'here', ['turn_server']];
  if (network.udp === true) return ['link_not_here', 'attention', 'there', ['ask_them', 'turn_server']];
  return ['link_unknown', 'attention', null, ['other_network', 'ask_them']];
}

/** Neither side has an address that is of use outside of its own network. */
const hasNoStun = (network: NetworkFacts, { ours, theirs }: PersonFact): boolean =>
  network.stun.length === 0 &&
  ours?.reflexive === false &&
  theirs?.reflexive === false &&
  !ours.relay &&
  !theirs.relay;
