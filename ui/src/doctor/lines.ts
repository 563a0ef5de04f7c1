/** The lines of the check about this computer, its network and the room. */
import type { NetworkFacts, PortMappingStatus, TurnFact } from '../backend/generated';
import type { DeviceFact, Facts, RoomFact } from './facts';
import type { Detail, Help, Line, LineCode, Severity, Side, Topic } from './finding';
import { relaysFact } from './relays';

/** A clock that is wrong by more makes certificates and passwords invalid. In seconds. */
const MAX_CLOCK_ERROR = 120;
/** By so much it surely does. */
const BAD_CLOCK_ERROR = 3_600;

/** No address but those of this computer itself. */
export const isOffline = ({ ipv4, ipv6 }: NetworkFacts): boolean => ipv4 === 'none' && ipv6 === 'none';

/** The web goes through a proxy, and nothing goes past it. */
export const isProxyOnly = ({ has_proxy, tcp, udp }: NetworkFacts): boolean =>
  has_proxy && tcp === false && udp !== true;

/** Nothing that is asked on the internet comes back, whatever way. */
export const isWithoutInternet = ({ has_proxy, tcp, udp }: NetworkFacts): boolean =>
  !has_proxy && tcp === false && udp === false;

export function diagnoseLines(facts: Facts): Line[] {
  const { devices, network, people, room, router, running } = facts;
  const hasWay = people.length > 0 && people.every(({ state }) => state === 'connected');
  return [
    ...(devices ? [deviceLine('camera', devices.camera), deviceLine('microphone', devices.microphone)] : []),
    networkLine(network, running),
    webLine(network, running),
    clockLine(network, running),
    udpLine(network, running, hasWay),
    natLine(network, running, hasWay),
    routerLine(router),
    turnLine(network, running),
    ...(room ? [relaysLine(room.relays)] : []),
    ...(room ? [roomLine(room)] : []),
  ];
}

interface Extras {
  side?: Side;
  helps?: readonly Help[];
  details?: readonly Detail[];
  minutes?: number;
}

function line(topic: Topic, code: LineCode, severity: Severity, extras: Extras = {}): Line {
  const { side = null, helps = [], details = [], minutes } = extras;
  return { topic, code, severity, side, helps, details, ...(minutes === undefined ? {} : { minutes }) };
}

/** A fact that is missing: it may follow, or there was nobody to ask. */
const unknown = (topic: Topic, code: LineCode, running: boolean): Line =>
  line(topic, code, running ? 'pending' : 'none');

function deviceLine(topic: 'camera' | 'microphone', { state, problem }: DeviceFact): Line {
  if (problem) {
    const blocked = line(topic, `${topic}_problem`, 'attention', { side: 'here', helps: ['device'] });
    return { ...blocked, problem };
  }
  if (state === 'starting') return line(topic, `${topic}_starting`, 'pending');
  return state === 'on' ? line(topic, `${topic}_works`, 'ok') : line(topic, `${topic}_off`, 'none');
}

function networkLine(network: NetworkFacts | null, running: boolean): Line {
  if (!network) return unknown('network', 'network_unknown', running);
  const { ipv4, ipv6 } = network;
  const details: Detail[] = [
    { name: 'ipv4', word: ipv4 },
    { name: 'ipv6', word: ipv6 },
  ];
  return isOffline(network)
    ? line('network', 'network_offline', 'blocked', { side: 'here', helps: ['connect'] })
    : line('network', 'network_works', 'ok', { details });
}

function webLine(network: NetworkFacts | null, running: boolean): Line {
  if (network?.captive_portal) {
    return line('web', 'web_portal', 'blocked', { side: 'network', helps: ['sign_in'] });
  }
  const details: Detail[] = network?.has_proxy ? [{ name: 'proxy', word: 'set_up' }] : [];
  if (network && isProxyOnly(network)) {
    const helps = ['office', 'other_network', 'turn_server'] as const;
    return line('web', 'web_proxy_only', 'blocked', { side: 'network', helps, details });
  }
  if (network?.tcp === true) return line('web', 'web_works', 'ok', { details });
  if (network && isWithoutInternet(network)) {
    const helps = ['router', 'other_network'] as const;
    return line('web', 'web_no_answer', 'blocked', { side: 'network', helps, details });
  }
  if (network?.tcp === false && !running) {
    return line('web', 'web_no_answer', 'attention', { side: 'network', helps: ['wait'], details });
  }
  return unknown('web', 'web_unknown', running);
}

function clockLine(network: NetworkFacts | null, running: boolean): Line {
  const ahead = network?.clock_ahead ?? null;
  if (ahead === null) return unknown('clock', 'clock_unknown', running);
  const error = Math.abs(ahead);
  if (error <= MAX_CLOCK_ERROR) return line('clock', 'clock_right', 'ok');
  return line('clock', ahead > 0 ? 'clock_ahead' : 'clock_behind', severityOfClock(error), {
    side: 'here',
    helps: ['set_clock'],
    minutes: Math.round(error / 60),
  });
}

const severityOfClock = (error: number): Severity => (error >= BAD_CLOCK_ERROR ? 'blocked' : 'attention');

/** `hasWay`: calls have found another way, so it only makes them slower. */
function udpLine(network: NetworkFacts | null, running: boolean, hasWay: boolean): Line {
  const details: Detail[] = (network?.stun ?? []).map((value) => ({ name: 'stun', value }));
  if (network?.seen) details.push({ name: 'seen', value: network.seen });
  if (network?.udp === true) return line('udp', 'udp_works', 'ok', { details });
  if (network?.udp === false) {
    // An obstacle to everything is told above.
    if (isWithoutInternet(network) || network.captive_portal) {
      return line('udp', 'udp_unknown', 'none', { details });
    }
    if (isProxyOnly(network)) return line('udp', 'udp_blocked', 'blocked', { side: 'network', details });
    const helps = ['other_network', 'turn_server', 'office'] as const;
    const severity = hasWay || hasTurn(network) ? 'attention' : 'blocked';
    return line('udp', 'udp_blocked', severity, { side: 'network', helps, details });
  }
  return unknown('udp', 'udp_unknown', running);
}

function natLine(network: NetworkFacts | null, running: boolean, hasWay: boolean): Line {
  const nat = network?.nat ?? null;
  if (nat === null) return unknown('nat', 'nat_unknown', running);
  const details: Detail[] = [{ name: 'nat', word: nat }];
  if (nat === 'symmetric' && hasWay) return line('nat', 'nat_symmetric', 'none', { details });
  if (nat === 'symmetric') {
    const helps = ['other_network', 'turn_server'] as const;
    return line('nat', 'nat_symmetric', 'attention', { side: 'network', helps, details });
  }
  if (nat === 'unknown') return line('nat', 'nat_one_server', 'none', { details });
  return line('nat', nat === 'none' ? 'nat_none' : 'nat_stable', 'ok', { details });
}

/** A router that opens nothing is usual: calls go on without, so it is only told. */
function routerLine(router: PortMappingStatus): Line {
  if (router.kind === 'mapped') {
    return line('router', 'router_opens', 'ok', { details: [{ name: 'seen', value: router.external }] });
  }
  if (router.kind === 'off') return line('router', 'router_off', 'none');
  if (router.kind !== 'unavailable') return line('router', 'router_trying', 'pending');
  const isBehind = router.reason === 'behind_another_router';
  return line('router', isBehind ? 'router_behind_another' : 'router_closed', 'none');
}

const hasTurn = ({ turn }: NetworkFacts): boolean => turn.some(({ result }) => result === 'works');

const TURN_DETAILS = { udp: 'turn_udp', tcp: 'turn_tcp', tls: 'turn_tls' } as const;

function turnLine(network: NetworkFacts | null, running: boolean): Line {
  const turn = network?.turn ?? [];
  if (turn.length === 0) return unknown('turn', running ? 'turn_unknown' : 'turn_none', running);
  const details: Detail[] = turn.map(({ server, transport, result }) => ({
    ...{ name: TURN_DETAILS[transport], value: server, word: result },
  }));
  const has = (test: (fact: TurnFact) => boolean) => turn.some(test);
  if (has(({ transport, result }) => transport === 'udp' && result === 'works'))
    return line('turn', 'turn_works', 'ok', { details });
  if (has(({ result }) => result === 'works')) return line('turn', 'turn_without_udp', 'ok', { details });
  if (running) return line('turn', 'turn_unknown', 'pending', { details });
  if (has(({ result }) => result === 'refused')) {
    return line('turn', 'turn_refused', 'attention', { side: 'here', helps: ['turn_password'], details });
  }
  const side = network?.udp === false && network.tcp === false ? 'network' : 'server';
  return line('turn', 'turn_no_answer', 'attention', { side, helps: ['other_network'], details });
}

function relaysLine(relays: RoomFact['relays']): Line {
  const details: Detail[] = relays.map(({ name, status }) => ({
    ...{ name: 'relay', value: name, word: 'fault' in status ? status.fault : status.state },
  }));
  switch (relaysFact(relays.map(({ status }) => status))) {
    case 'none':
      return line('relays', 'relays_none', 'none');
    case 'connecting':
      return line('relays', 'relays_connecting', 'pending', { details });
    case 'work':
      return line('relays', 'relays_work', 'ok', { details });
    case 'silent': {
      const helps = ['other_network', 'wait'] as const;
      return line('relays', 'relays_silent', 'attention', { side: 'network', helps, details });
    }
  }
}

function roomLine({ hosting, host, connection, failed }: RoomFact): Line {
  if (failed) return { ...line('room', 'room_failed', 'blocked', { side: 'server' }), error: failed };
  if (host === 'left') return line('room', 'room_closed', 'attention', { side: 'there' });
  if (host === 'lost') return line('room', 'room_host_lost', 'attention', { side: 'there', helps: ['wait'] });
  if (hosting) return line('room', 'room_here', 'ok');
  if (connection === 'online') return line('room', 'room_online', 'ok');
  return connection === 'connecting'
    ? line('room', 'room_connecting', 'pending')
    : line('room', 'room_reconnecting', 'attention', { side: 'network', helps: ['wait'] });
}
