/** Obstacles of a call, as a person would tell them, and what the check says of them. */
import { afterEach, describe, expect, it, test } from 'vitest';
import { someFacts } from '../backend/fake/views';
import type { NetworkFacts, RelayState, RelayView } from '../backend/generated';
import { detailText, findingText, helpText, isPerson } from '../features/doctor/finding-text';
import en from '../i18n/en/doctor';
import zh from '../i18n/zh-CN/doctor';
import { setLanguage } from '../i18n/i18n.svelte';
import { diagnose } from './diagnose';
import { reportOf, type Facts, type PathFact, type PersonFact } from './facts';
import { FAILURE_CODES, HELPS, LINE_CODES, WAY_CODES, type PersonFinding } from './finding';
import { maskAddresses } from './mask';
const WORKS = { state: 'on', problem: null } as const;

const ROOM = {
  hosting: false,
  host: 'server',
  connection: 'online',
  failed: null,
  relays: [],
} as const;

const relays = (...states: RelayState[]): RelayView[] =>
  states.map((status, nth) => ({ name: `relay${nth}.example.org`, status }));

const mei = (over: Partial<PersonFact> = {}): PersonFact => ({
  id: '1',
  name: 'Mei',
  state: 'failed',
  path: null,
  carrier: null,
  isWeak: false,
  ours: { host: true, reflexive: true, relay: false },
  theirs: { host: true, reflexive: true, relay: false },
  report: null,
  ...over,
});

const facts = (network: Partial<NetworkFacts> = {}, over: Partial<Facts> = {}): Facts => ({
  running: false,
  network: someFacts(network),
  devices: { camera: WORKS, microphone: WORKS },
  room: ROOM,
  router: { kind: 'off' },
  relayOnly: false,
  people: [],
  ...over,
});

const path = (over: Partial<PathFact> = {}): PathFact => ({
  scope: 'internet',
  family: 'ipv4',
  relayed: null,
  relayProtocol: null,
  relayUrl: null,
  here: { type: 'srflx', address: '203.0.113.7:51820' },
  there: { type: 'host', address: null },
  roundTripTime: 30,
  ...over,
});

afterEach(() => setLanguage('en'));

describe('one thing stands in the way', () => {
  const cases: [string, Facts, string, string, string[], string, string][] = [
    [
      'UDP is blocked',
      facts({ udp: false, nat: null, seen: null }),
      ...(['udp_blocked', 'network'] as const),
      ['other_network', 'turn_server', 'office'],
      'This network blocks what calls are made of (UDP).',
      '这个网络阻止了通话所用的数据（UDP）。',
    ],
    [
      'a captive portal',
      facts({ captive_portal: true, udp: false, nat: null }),
      ...(['web_portal', 'network'] as const),
      ['sign_in'],
      'This network wants you to sign in before it lets anything through.',
      '这个网络要求先登录，登录前什么都无法通过。',
    ],
    [
      'a proxy is the only way out',
      facts({ has_proxy: true, tcp: false, udp: false, nat: null }),
      ...(['web_proxy_only', 'network'] as const),
      ['office', 'other_network', 'turn_server'],
      'This network lets programs out through its proxy only, which carries no calls.',
      '这个网络只允许程序通过代理上网，而代理无法传送通话。',
    ],
    [
      'the clock is a day ahead',
      facts({ clock_ahead: 86_400 }),
      ...(['clock_ahead', 'here'] as const),
      ['set_clock'],
      "This computer's clock is 24 hours ahead, so servers may refuse it.",
      '这台电脑的时钟快了24小时，服务器可能会拒绝连接。',
    ],
    [
      'the clock is ten minutes behind',
      facts({ clock_ahead: -600 }),
      ...(['clock_behind', 'here'] as const),
      ['set_clock'],
      "This computer's clock is 10 minutes behind, so servers may refuse it.",
      '这台电脑的时钟慢了10分钟，服务器可能会拒绝连接。',
    ],
    [
      'the router has no internet',
      facts({ tcp: false, udp: false, nat: null, seen: null, clock_ahead: null, captive_portal: null }),
      ...(['web_no_answer', 'network'] as const),
      ['router', 'other_network'],
      'The internet does not answer.',
      '互联网没有回应。',
    ],
    [
      'there is no network',
      facts({ ipv4: 'none', ipv6: 'none', udp: false, nat: null, tcp: false }),
      ...(['network_offline', 'here'] as const),
      ['connect'],
      'This computer is not connected to a network.',
      '这台电脑没有连接网络。',
    ],
    [
      'the TURN server refuses the password',
      facts({ turn: [{ server: 'turn.example.org:3478', transport: 'udp', result: 'refused' }] }),
      ...(['turn_refused', 'here'] as const),
      ['turn_password'],
      'The relay for calls (TURN) refuses the user name or the password.',
      '通话中继（TURN）不接受用户名或密码。',
    ],
    [
      'no relay answers',
      facts(
        {},
        { room: { ...ROOM, host: 'relays', relays: relays({ state: 'failing', fault: 'no_answer' }) } },
      ),
      ...(['relays_silent', 'network'] as const),
      ['other_network', 'wait'],
      'No relay answers, so people in other networks may not find the room.',
      '没有中继回应，其他网络里的人可能找不到房间。',
    ],
    [
      'the microphone is taken',
      facts({}, { devices: { camera: WORKS, microphone: { state: 'missing', problem: 'in_use' } } }),
      ...(['microphone_problem', 'here'] as const),
      ['device'],
      'The microphone is in use by another program.',
      '',
    ],
    [
      'the room is closed',
      facts({}, { room: { ...ROOM, host: 'left', connection: 'reconnecting' } }),
      ...(['room_closed', 'there'] as const),
      [],
      'The host has closed the room. Nobody new can join.',
      '房主已关闭房间，新的人无法加入。',
    ],
  ];

  it.each(cases)('%s', (_, given, code, side, helps, english, chinese) => {
    const { worst } = diagnose(given);
    if (!worst) throw new Error('nothing stands in the way');
    expect([worst.code, worst.side, worst.helps]).toEqual([code, side, helps]);
    expect(findingText(worst)).toBe(english);
    setLanguage('zh-CN');
    if (chinese) expect(findingText(worst).replaceAll(' ', '')).toBe(chinese);
    for (const help of worst.helps) expect(helpText(help, 'Mei')).toMatch(/[。：]$/);
  });

  it('nothing does', () => {
    expect(diagnose(facts()).worst).toBeNull();
    expect(diagnose(facts({}, { people: [mei({ state: 'connected', path: path() })] })).worst).toBeNull();
  });

  it('is not claimed before the check is over', () => {
    const early = facts({ udp: null, nat: null, tcp: null, clock_ahead: null }, { running: true });
    expect(diagnose(early).worst).toBeNull();
    expect(diagnose({ ...early, network: null }).lines.map(({ severity }) => severity)).toContain('pending');
  });
});

describe('a link that does not come about', () => {
  const blocked = { udp: 'blocked', nat: 'unknown' } as const;
  const symmetric = { udp: 'works', nat: 'symmetric' } as const;
  const cases: [string, Facts, string, string | null][] = [
    [
      'UDP is blocked here',
      facts({ udp: false, nat: null }, { people: [mei()] }),
      'link_udp_here',
      'network',
    ],
    ['UDP is blocked there', facts({}, { people: [mei({ report: blocked })] }), 'link_udp_there', 'there'],
    [
      'UDP is blocked on both sides',
      facts({ udp: false, nat: null }, { people: [mei({ report: blocked })] }),
      ...(['link_udp_both', 'both'] as const),
    ],
    [
      'both routers are symmetric',
      facts({ nat: 'symmetric' }, { people: [mei({ report: symmetric })] }),
      ...(['link_symmetric_both', 'both'] as const),
    ],
    [
      'our router is symmetric',
      facts({ nat: 'symmetric' }, { people: [mei({ report: { udp: 'works', nat: 'stable' } })] }),
      ...(['link_symmetric_here', 'network'] as const),
    ],
    [
      'their router is symmetric',
      facts({}, { people: [mei({ report: symmetric })] }),
      ...(['link_symmetric_there', 'there'] as const),
    ],
    [
      'a captive portal is here',
      facts({ captive_portal: true, udp: false }, { people: [mei()] }),
      ...(['link_portal', 'network'] as const),
    ],
    [
      'a proxy is the only way out',
      facts({ has_proxy: true, tcp: false, udp: false }, { people: [mei()] }),
      ...(['link_proxy_only', 'network'] as const),
    ],
    [
      'the internet does not answer here',
      facts({ tcp: false, udp: false, nat: null }, { people: [mei()] }),
      ...(['link_no_internet', 'network'] as const),
    ],
    [
      'only relays may be used and there is none',
      facts(
        {},
        { relayOnly: true, people: [mei({ ours: { host: false, reflexive: false, relay: false } })] },
      ),
      ...(['link_relay_only', 'here'] as const),
    ],
    [
      'no server tells either side its address',
      facts(
        { stun: [], udp: null, nat: null, seen: null },
        {
          people: [
            mei({
              ours: { host: true, reflexive: false, relay: false },
              theirs: { host: true, reflexive: false, relay: false },
            }),
          ],
        },
      ),
      ...(['link_no_stun', 'here'] as const),
    ],
    ['all is well here', facts({}, { people: [mei()] }), 'link_not_here', 'there'],
    [
      'the check still runs',
      facts({ udp: null, nat: null }, { running: true, people: [mei()] }),
      ...(['link_checking', null] as const),
    ],
    ['nothing was checked', facts({}, { network: null, people: [mei()] }), 'link_checking', null],
  ];

  it.each(cases)('%s', (_, given, code, side) => {
    const [finding] = diagnose(given).people as [PersonFinding];
    expect([finding.code, finding.side]).toEqual([code, side]);
    expect(isPerson(finding)).toBe(true);
    const english = findingText(finding);
    setLanguage('zh-CN');
    expect(english).toMatch(/^No connection/);
    expect(findingText(finding)).toMatch(/连接/);
  });
});

describe('the way of a link', () => {
  const relayed = path({
    scope: null,
    relayed: 'here',
    relayProtocol: 'udp',
  });
  const cases: [string, Facts, Partial<PersonFact>, string][] = [
    ['within the network', facts(), { path: path({ scope: 'network' }) }, 'way_network'],
    ['over the internet', facts(), { path: path() }, 'way_direct'],
    ['with IPv6', facts(), { path: path({ family: 'ipv6' }) }, 'way_direct_ipv6'],
    ['as the settings say', facts({}, { relayOnly: true }), { path: relayed }, 'way_relay_setting'],
    ['UDP is blocked here', facts({ udp: false }), { path: relayed }, 'way_relay_udp_blocked'],
    ['over TLS', facts(), { path: { ...relayed, relayProtocol: 'tls' } }, 'way_relay_udp_blocked'],
    [
      'symmetric on both sides',
      facts({ nat: 'symmetric' }),
      { path: relayed, report: { udp: 'works', nat: 'symmetric' } },
      'way_relay_symmetric',
    ],
    [
      'the other side has only a relay',
      facts(),
      { path: { ...relayed, relayed: 'there' }, theirs: { host: false, reflexive: false, relay: true } },
      'way_relay_there',
    ],
    ['no other way was found', facts(), { path: relayed }, 'way_relay'],
    ['nothing is known', facts(), { path: null }, 'way_unknown'],
  ];

  it.each(cases)('%s', (_, given, person, code) => {
    const [finding] = diagnose({ ...given, people: [mei({ state: 'connected', ...person })] }).people;
    expect([finding?.code, finding?.severity]).toEqual([code, 'ok']);
  });
});

test('a router that opens a port is told, and one that does not is no obstacle', () => {
  const of = (router: Facts['router']) => {
    const { lines, worst } = diagnose(facts({}, { router }));
    const found = lines.find(({ topic }) => topic === 'router');
    return [found?.code, found?.severity, worst];
  };
  expect(of({ kind: 'off' })).toEqual(['router_off', 'none', null]);
  expect(of({ kind: 'mapped', external: '203.0.113.7:18420' })).toEqual(['router_opens', 'ok', null]);
  expect(of({ kind: 'trying' })).toEqual(['router_trying', 'pending', null]);
  expect(of({ kind: 'unavailable', reason: 'refused' })).toEqual(['router_closed', 'none', null]);
  const behind = { kind: 'unavailable', reason: 'behind_another_router' } as const;
  expect(of(behind)).toEqual(['router_behind_another', 'none', null]);
});

test('one relay that listens is enough, and none is missed before it was tried', () => {
  const failing = { state: 'failing', fault: 'no_answer' } as const;
  const dropped = { state: 'dropped', fault: 'closed' } as const;
  const of = (...states: RelayState[]) => {
    const { lines, worst } = diagnose(facts({}, { room: { ...ROOM, relays: relays(...states) } }));
    return [lines.find(({ topic }) => topic === 'relays')?.code, worst?.code];
  };
  expect(of()).toEqual(['relays_none', undefined]);
  expect(of(failing, { state: 'open' })).toEqual(['relays_work', undefined]);
  expect(of(dropped, { state: 'paused', fault: 'no_answer' })).toEqual(['relays_work', undefined]);
  expect(of(failing, { state: 'connecting' })).toEqual(['relays_connecting', undefined]);
  expect(of(failing, dropped)).toEqual(['relays_silent', 'relays_silent']);
});

test('a weak link is told, whichever way it goes', () => {
  const people = [mei({ state: 'connected', path: path(), isWeak: true })];
  const { worst } = diagnose(facts({}, { people }));
  if (!worst) throw new Error('nothing stands in the way');
  expect([worst.severity, worst.helps]).toEqual(['attention', ['uplink']]);
  expect(findingText(worst)).toBe(
    'Directly over the internet: both networks let calls through. The connection is weak.',
  );
});

test('every code has its sentence in both languages', () => {
  for (const words of [en, zh]) {
    expect(Object.keys(words.line).toSorted()).toEqual([...LINE_CODES].toSorted());
    expect(Object.keys(words.way).toSorted()).toEqual([...WAY_CODES, ...FAILURE_CODES].toSorted());
    // Guests have other words for some.
    const helps = Object.keys(words.help).filter((key) => !key.endsWith('_guest'));
    expect(helps.toSorted()).toEqual([...HELPS].toSorted());
  }
});

test('a relayed call is told to go through the Parlour of the person who carries it', () => {
  const relayed = path({ scope: null, relayed: 'both', relayProtocol: 'udp' });
  const carried = (isOwn: boolean) =>
    mei({ state: 'connected', path: relayed, carrier: { id: '2', name: 'Jonas', isOwn } });
  const text = (person: PersonFact) => {
    const [finding] = diagnose(facts({}, { people: [person] })).people as [PersonFinding];
    return findingText(finding);
  };
  expect(text(carried(false))).toBe("Through Jonas's Parlour, because no direct way was found.");
  expect(text(carried(true))).toBe('Through your own Parlour, because no direct way was found.');
  expect(text(mei({ state: 'connected', path: relayed }))).toBe(
    'Through a relay (TURN), because no direct way was found.',
  );
  setLanguage('zh-CN');
  expect(text(carried(false)).replaceAll(' ', '')).toBe('经过Jonas的会客厅，因为没有找到直接连接的方式。');
  expect(text(carried(true))).toBe('经过你自己的会客厅，因为没有找到直接连接的方式。');
});

test('blocked UDP is no obstacle where calls go through a TURN server', () => {
  const way = { server: 'turn.example.org:443', transport: 'tls', result: 'works' } as const;
  const severity = (given: Facts) => diagnose(given).lines.find(({ topic }) => topic === 'udp')?.severity;
  expect(severity(facts({ udp: false, nat: null }))).toBe('blocked');
  expect(severity(facts({ udp: false, nat: null, turn: [way] }))).toBe('attention');
  const connected = mei({ state: 'connected', path: path() });
  expect(severity(facts({ udp: false, nat: null }, { people: [connected] }))).toBe('attention');
});

test('a symmetric router is no obstacle while everybody is reached', () => {
  const severity = (...people: PersonFact[]) => {
    const { lines } = diagnose(facts({ nat: 'symmetric' }, { people }));
    return lines.find(({ topic }) => topic === 'nat')?.severity;
  };
  const reached = mei({ state: 'connected', path: path() });
  expect(severity()).toBe('attention');
  expect(severity(reached)).toBe('none');
  expect(severity(reached, mei({ id: '2' }))).toBe('attention');
});

test('what stands in the way of everything is told once', () => {
  const udp = (network: Partial<NetworkFacts>) => {
    const { lines } = diagnose(facts({ udp: false, nat: null, ...network }));
    const found = lines.find(({ topic }) => topic === 'udp');
    return [found?.code, found?.helps];
  };
  expect(udp({ captive_portal: true })).toEqual(['udp_unknown', []]);
  expect(udp({ has_proxy: true, tcp: false })).toEqual(['udp_blocked', []]);
  expect(udp({ tcp: false })).toEqual(['udp_unknown', []]);
});

test('the details name each relay with its state, and both ends of a link', () => {
  const room = { ...ROOM, relays: relays({ state: 'open' }, { state: 'dropped', fault: 'needs_account' }) };
  const { lines, people } = diagnose(
    facts({}, { room, people: [mei({ state: 'connected', path: path() })] }),
  );
  expect(lines.find(({ topic }) => topic === 'relays')?.details.map(detailText)).toEqual([
    'relay0.example.org · answers',
    'relay1.example.org · for its members only',
  ]);
  expect(people[0]?.details.map(detailText)).toEqual([
    '203.0.113.7:51820 · as seen by a server (srflx)',
    'own address (host)',
  ]);
});

test('what the other side is told has no address', () => {
  expect(reportOf(someFacts({ nat: 'symmetric' }))).toEqual({ udp: 'works', nat: 'symmetric' });
  expect(reportOf(someFacts({ udp: null, nat: null }))).toEqual({ udp: 'unknown', nat: 'unknown' });
});

test('a report that is copied shows no address', () => {
  const text =
    'Seen as 203.0.113.7:51820, [2001:db8:1:2:3:4:5:6]:4000 or 2001:db8::7 at 12:30:05 by a.example:3478';
  expect(maskAddresses(text)).toBe(
    'Seen as 203.0.x.x:51820, [2001:x]:4000 or 2001:x at 12:30:05 by a.example:3478',
  );
});
