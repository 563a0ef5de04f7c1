import type {
  AppView,
  EngineView,
  ErrorCode,
  NetworkFacts,
  NoticeCode,
  CallPageState,
  PendingJoin,
  RelayView,
  RoomPlace,
  RoomView,
  Surface,
} from '../generated';
import { GUEST_FEATURES } from '../features';
import { anError, FakeBackend } from './backend';
import type { PathFact } from '../../doctor/facts';
import { aPeer, aRoom, aView, someFacts } from './views';
import { HOME, type FakeLink } from './link';
import type { Fate } from './world';

interface Scenario {
  backend: FakeBackend;
  /** The name of the error of `getUserMedia`. */
  refusal?: string;
  /** How long somebody may be absent before being gone. */
  absentAfterMs?: number;
  /** By peer id. */
  fates?: Record<string, Fate>;
}

const entered = { phase: { kind: 'entered' } } as const;

const app = (over: Partial<AppView> = {}, surface: Surface = 'window'): Scenario => ({
  backend: new FakeBackend(aView(over), surface),
});
const room = (over: Partial<RoomView> = {}, refusal?: string): Scenario => ({
  ...app({ room: aRoom(over) }),
  ...(refusal === undefined ? {} : { refusal }),
});
const failed = (code: ErrorCode, over: Partial<RoomView> = {}): Scenario =>
  room({ phase: { kind: 'failed', code }, connection: 'connecting', hosting: false, server: null, ...over });
const people = (count: number) => Array.from({ length: count }, (_, index) => aPeer(index + 1));
/** A call of this many people, the person included. Peer 2 speaks. */
const call = (count: number): Scenario => ({
  ...room({ ...entered, peers: people(count - 1) }),
  fates: { [aPeer(2).id]: { speaking: true } },
});
const browser = (page: CallPageState): EngineView => ({ kind: 'browser', name: 'Chromium', page });
const companion = (page: CallPageState, over: Partial<RoomView> = entered) =>
  app({
    engine: browser(page),
    room: aRoom({ peers: people(2), ...over }),
    call:
      page === 'open'
        ? {
            mic: true,
            camera: true,
            mic_missing: false,
            camera_missing: false,
            screen: false,
            people: 2,
          }
        : null,
  });
/** A call of this many people, of which the check finds this. */
const checked = (
  facts: Partial<NetworkFacts>,
  fates: Record<string, Fate> = {},
  count = 2,
  over: Partial<RoomView> = {},
): Scenario => {
  const scenario = { ...room({ ...entered, hosting: false, peers: people(count - 1), ...over }), fates };
  scenario.backend.facts = someFacts(facts);
  return scenario;
};
/** Mei cannot be reached, and her check says this. */
const meiFails = (report?: Fate['report']): Record<string, Fate> => ({
  [aPeer(1).id]: { state: 'failed', ...(report && { report }) },
});
/** Through the app of a member, which is asked at this address. */
const carried = (server: string): FakeLink => ({
  roundTripTime: 90,
  path: {
    ...HOME,
    scope: null,
    relayed: 'both',
    relayProtocol: 'udp',
    relayUrl: `turn:${server}?transport=udp`,
    here: { type: 'relay', address: '192.0.2.7:49152' },
    there: { type: 'relay', address: '192.0.2.7:49153' },
  },
});
const ACROSS: PathFact = {
  ...{ ...HOME, scope: 'internet' },
  here: { type: 'srflx', address: '203.0.113.7:51820' },
  there: { type: 'srflx', address: '198.51.100.9:40200' },
};
const relays = (state: 'open' | 'connecting' | 'failing'): RelayView[] =>
  ['relay.example.org', 'relay.example.net'].map((name) => ({
    name,
    status: state === 'failing' ? { state, fault: 'no_answer' } : { state },
  }));
const DOWNLOADS = 'https://code.example/parlour/releases';
/** A guest's page, in a browser without the app. */
const guest = (over: Partial<AppView> = {}): Scenario => ({
  backend: new FakeBackend(
    aView({
      settings: { ...aView().settings, name: '' },
      system: { ...aView().system, apt: false },
      ...over,
    }),
    'window',
    {
      ...GUEST_FEATURES,
      downloads: DOWNLOADS,
    },
  ),
});
/** As a guest has it: on a server. */
const guestRoom = (over: Partial<RoomView> = {}): Scenario =>
  guest({
    room: aRoom({
      invite: 'https://parlour.example.org/j#AUbTn2c0kq1hVx9Zr4WmPwFyQ3',
      hosting: false,
      server: 'parlour.example.org',
      invited_server: 'parlour.example.org',
      host: 'server',
      ...over,
    }),
  });
const page = () => app({ engine: browser('open') }, 'call');

const server = (host: string, encrypted: boolean): RoomPlace => ({ kind: 'server', host, encrypted });
/** A clicked link. */
const clicked = (...places: RoomPlace[]): PendingJoin => ({ number: 1, leaves: false, places });
const LONG_HOST = `${'a-very-long-name-of-a-server.'.repeat(6)}example.org:18420`;

const NOTICES: NoticeCode[] = [
  'settings_set_aside',
  'settings_unreadable',
  'settings_not_saved',
  'profile_not_writable',
  'profile_in_use',
  'no_folder',
  'room_moved',
  'link_damaged',
  'link_too_new',
  'tampering',
  'browser_failed',
  'browser_passed_over',
  'shortcut_taken',
];

const WORST_UNITS = [
  'http://a.b/(',
  'http://a.b/[',
  '<a@b.cc>',
  ')))',
  'www.',
  'a\u0301\u0302\u0303',
  'a@b.cc ',
];
/** As long as a message may be. */
const worstText = (n: number) =>
  `${n} ${(WORST_UNITS[n % WORST_UNITS.length] ?? '').repeat(4_000)}`.slice(0, 3_999);

/** The values of `?fake=`. */
export const scenarios: Record<string, () => Scenario> = {
  home: () => app(),
  'home-first': () => app({ settings: { ...aView().settings, name: '' } }),
  again: () => app({ last_room: 'cut_off' }),
  'again-left': () => app({ last_room: 'left' }),
  /** Joining fails, since the link leads to relays alone. */
  'home-relays-off': () => {
    const scenario = app({ settings: { ...aView().settings, reach: 'lan' } });
    scenario.backend.failing.set('joinRoom', anError('relays_off'));
    return scenario;
  },
  notices: () => app({ notices: NOTICES.map((code, id) => ({ id, code, subject: 'Chromium' })) }),
  settings: () =>
    app({
      settings: {
        ...aView().settings,
        hosting: { kind: 'server', address: 'parlour.example.org', access_token: 'north-wind-and-sun' },
        invite_page: 'https://mei.example/',
        relays: ['relay.example.org'],
        share_turn: true,
        ice_servers: [
          { urls: ['stun:stun.example.org:3478'] },
          { urls: ['turn:turn.example.org:3478'], username: 'ada', credential: 'not a real one' },
        ],
      },
    }),
  'companion-close': () => {
    const scenario = companion('open');
    scenario.backend.push({ asks_to_close: true });
    return scenario;
  },
  'settings-browser': () =>
    app({ engine: browser('closed'), browsers: ['Chromium', 'Google Chrome', 'Firefox'] }),
  /** The backend refuses the settings and names the field. */
  'settings-refused': () => {
    const scenario = app();
    scenario.backend.failing.set('saveSettings', anError('settings_invalid', 'hosting.address'));
    return scenario;
  },
  /** The same for a field that is folded away. */
  'settings-refused-relays': () => {
    const scenario = app();
    scenario.backend.failing.set('saveSettings', anError('settings_invalid', 'relays'));
    return scenario;
  },
  'engine-missing': () => app({ engine: { kind: 'missing' } }),

  lobby: () => room({ peers: [aPeer(1), aPeer(2, { entered: false })] }),
  'lobby-alone': () => room(),
  'lobby-connecting': () => room({ connection: 'connecting', server: null, hosting: false }),
  'lobby-unreachable': () => room({ reachable: false }),
  'lobby-relays': () => room({ host: 'relays', hosting: false, server: null, relays: relays('open') }),
  'lobby-denied': () => room({}, 'NotAllowedError'),
  'lobby-missing': () => room({}, 'NotFoundError'),
  'lobby-in-use': () => room({}, 'NotReadableError'),

  'call-1': () => call(1),
  /** The host has left, and nobody else is here. */
  'call-closed': () => room({ ...entered, connection: 'reconnecting', host: 'left', hosting: false }),
  /** By relays, none of which answers any more. */
  'call-relays-silent': () =>
    room({ ...entered, host: 'relays', hosting: false, server: null, relays: relays('failing') }),
  /** The host has left, and relays are asked. */
  'call-relays-left': () =>
    room({
      ...entered,
      connection: 'reconnecting',
      host: 'left',
      hosting: false,
      peers: people(1),
      relays: relays('connecting'),
    }),
  'call-2': () => call(2),
  'call-3': () => call(3),
  'call-4': () => call(4),
  'call-5': () => call(5),
  'call-6': () => call(6),
  'call-7': () => call(7),
  'call-8': () => call(8),
  /** The peers: connected, muted, without name and camera, away, at the door. */
  'call-mixed': () => ({
    ...room({
      ...entered,
      peers: [
        aPeer(1),
        aPeer(2),
        aPeer(3, { name: '' }),
        aPeer(4, { presence: 'away' }),
        aPeer(5, { entered: false }),
      ],
    }),
    fates: {
      [aPeer(2).id]: { mic: false },
      [aPeer(3).id]: { camera: false },
      [aPeer(4).id]: { state: 'reconnecting' },
      [aPeer(5).id]: { state: 'connecting' },
    },
  }),
  /** The peers: connecting, reconnecting, failed after an invalid signal. */
  'call-troubled': () => ({
    ...room({ ...entered, connection: 'reconnecting', peers: people(3) }),
    fates: {
      [aPeer(1).id]: { state: 'connecting' },
      [aPeer(2).id]: { state: 'reconnecting' },
      [aPeer(3).id]: { state: 'failed', problem: 'signal_invalid' },
    },
  }),
  /** The safety codes: not compared, confirmed, changed; and a link that was ended for safety. */
  'call-safety': () => ({
    ...room({ ...entered, peers: people(4) }),
    fates: {
      [aPeer(2).id]: { safety: 'checked' },
      [aPeer(3).id]: { safety: 'again' },
      [aPeer(4).id]: { alarm: 'fingerprint_mismatch' },
    },
  }),
  /** Two people who cannot be checked: this browser does not show the certificate; the other side does not answer. */
  'call-unchecked': () => ({
    ...room({ ...entered, peers: people(3) }),
    fates: {
      [aPeer(1).id]: { safety: 'no_certificate' },
      [aPeer(2).id]: { safety: 'no_answer' },
    },
  }),
  /** The peers: sharing a screen, hand raised, absent. */
  'call-screen': () => ({
    ...room({ ...entered, peers: [...people(2), aPeer(3, { presence: 'away' })] }),
    absentAfterMs: 0,
    fates: {
      [aPeer(1).id]: { screen: true },
      [aPeer(2).id]: { hand: true },
      [aPeer(3).id]: { state: 'reconnecting' },
    },
  }),
  /** Two peers share a screen. */
  'call-screens': () => ({
    ...room({ ...entered, peers: people(4) }),
    fates: { [aPeer(1).id]: { screen: true }, [aPeer(3).id]: { screen: true, camera: false } },
  }),
  /** Two peers write, one of them with links; one is reconnecting. */
  'call-chat': () => ({
    ...room({ ...entered, peers: people(4) }),
    fates: {
      [aPeer(1).id]: {
        writes: [
          'The plan is at https://example.org/garden/spring?bed=3#tulips',
          'Or write to mei@example.org',
        ],
      },
      [aPeer(3).id]: { state: 'reconnecting' },
      [aPeer(4).id]: { writes: ['好的，我看看https://example.com/花园。\n周六下午三点见？'] },
    },
  }),
  /** A thousand messages of somebody who wants the panel to stand still. */
  'call-chat-worst': () => ({
    ...room({ ...entered, peers: people(1) }),
    fates: { [aPeer(1).id]: { writes: Array.from({ length: 1_000 }, (_, n) => worstText(n)) } },
  }),
  /** Applause, laughter and two raised hands. */
  'call-reactions': () => ({
    ...room({ ...entered, peers: people(3) }),
    fates: {
      [aPeer(1).id]: { reacts: ['clap', 'party'] },
      [aPeer(2).id]: { hand: true, reacts: ['laugh'] },
      [aPeer(3).id]: { hand: true, reacts: ['heart', 'thumbs_up', 'wow'] },
    },
  }),
  /** Good, weak over the internet, fair through a relay. */
  'call-quality': () =>
    checked(
      { turn: [{ server: 'turn.example.org:3478', transport: 'udp', result: 'works' }] },
      {
        [aPeer(2).id]: { link: { roundTripTime: 620, loss: 4, path: ACROSS } },
        [aPeer(3).id]: {
          link: {
            roundTripTime: 290,
            path: {
              ...{ ...HOME, scope: null, relayed: 'here', relayProtocol: 'tcp' },
              here: { type: 'relay', address: '203.0.113.40:52000' },
              there: { type: 'srflx', address: '198.51.100.9:40200' },
            },
          },
        },
      },
      4,
    ),
  /** Mei's and Jonas's networks let no call through to us, so Jonas's Parlour and our own carry it. */
  'check-carried': () =>
    checked(
      { nat: 'symmetric' },
      {
        [aPeer(1).id]: { link: carried('25.1.1.9:18420'), report: { udp: 'works', nat: 'symmetric' } },
        [aPeer(2).id]: { link: carried('25.1.1.9:18420') },
        [aPeer(3).id]: { link: carried('192.168.1.20:18420') },
      },
      4,
      {
        member_turn: [
          { member: aPeer(2).id, urls: ['turn:25.1.1.9:18420'] },
          { member: aRoom().me, urls: ['turn:192.168.1.20:18420'] },
        ],
      },
    ),
  /** Obstacles of a call, each once. */
  'check-udp': () => checked({ udp: false, nat: null, seen: null }, meiFails()),
  'check-symmetric': () => checked({ nat: 'symmetric' }, meiFails({ udp: 'works', nat: 'symmetric' })),
  'check-portal': () =>
    checked({ captive_portal: true, udp: false, nat: null, seen: null, clock_ahead: null }, meiFails()),
  'check-clock': () => checked({ clock_ahead: 5_400 }),
  'check-proxy': () =>
    checked(
      { has_proxy: true, tcp: false, udp: false, nat: null, seen: null, clock_ahead: null },
      meiFails(),
    ),
  'check-relays': () => checked({}, {}, 2, { host: 'relays', server: null, relays: relays('failing') }),
  'check-internet': () =>
    checked({ tcp: false, udp: false, nat: null, seen: null, clock_ahead: null }, meiFails()),
  'check-there': () => checked({}, meiFails({ udp: 'blocked', nat: 'unknown' })),
  'check-turn': () =>
    checked({
      turn: (['udp', 'tcp', 'tls'] as const).map((transport) => ({
        ...{ server: 'turn.example.org:3478', transport, result: 'refused' },
      })),
    }),
  'call-denied': () => room({ ...entered, peers: people(1) }, 'NotAllowedError'),
  pending: () => app({ pending: clicked(server('parlour.example.org', true)) }),
  'pending-network': () => app({ pending: clicked({ kind: 'own_network' }) }),
  'pending-relays': () => app({ pending: clicked({ kind: 'relays' }) }),
  'pending-computer': () => app({ pending: clicked({ kind: 'this_computer' }) }),
  'pending-not-encrypted': () => app({ pending: clicked(server('parlour.example.org', false)) }),
  'pending-many': () =>
    app({
      pending: clicked({ kind: 'own_network' }, server(LONG_HOST, true), server('203.0.113.7:18420', false)),
      settings: { ...aView().settings, name: 'נועה' },
    }),
  'pending-call': () =>
    app({
      pending: { ...clicked(server('parlour.example.org', true)), leaves: true },
      room: aRoom(entered),
    }),
  failed: () => failed('room_out_of_network'),
  'failed-server': () =>
    failed('server_name_not_found', { invited_server: 'no-such-host.invalid', on_own_server: true }),
  'failed-clock': () => failed('certificate_date', { invited_server: 'parlour.example.org' }),
  'failed-relays': () => failed('relays_unreachable', { relays: relays('failing') }),
  'failed-proxy': () => failed('proxy_unreachable', { invited_server: 'parlour.example.org' }),
  'failed-proxy-refused': () => failed('proxy_refused', { invited_server: 'parlour.example.org' }),
  'failed-access': () => failed('access_required', { on_own_server: true }),
  'failed-full': () => room({ phase: { kind: 'failed', code: 'room_full' }, hosting: false }),

  companion: () => companion('open'),
  /** A guest whose devices are not there. */
  'companion-missing': () => {
    const scenario = companion('open', { ...entered, hosting: false });
    scenario.backend.push({
      call: {
        mic: false,
        camera: false,
        mic_missing: true,
        camera_missing: true,
        screen: false,
        people: 2,
      },
    });
    return scenario;
  },
  'companion-lobby': () => companion('open', { phase: { kind: 'lobby' } }),
  'companion-relays': () =>
    companion('open', { ...entered, host: 'relays', hosting: false, server: null, relays: relays('open') }),
  'companion-opening': () => companion('opening', { phase: { kind: 'lobby' }, peers: [] }),
  'companion-closed': () => companion('closed'),
  'companion-unreachable': () => companion('open', { ...entered, reachable: false, peers: [] }),

  'guest-home': () => guest(),
  /** Served by a Parlour server, where rooms can be started. */
  'guest-home-server': () =>
    guest({
      settings: {
        ...aView().settings,
        name: '',
        hosting: { kind: 'server', address: 'wss+parlour.example.org', access_token: '' },
      },
    }),
  'guest-no-webrtc': () => guest({ engine: { kind: 'missing' } }),
  'guest-pending': () => guest({ pending: clicked(server('parlour.example.org', true)) }),
  'guest-lobby': () => guestRoom({ peers: people(1) }),
  'guest-denied': () => ({ ...guestRoom(), refusal: 'NotAllowedError' }),
  'guest-alone': () => guestRoom(entered),
  'guest-call': () => guestRoom({ ...entered, peers: [aPeer(1), aPeer(2, { guest: true })] }),
  'guest-failed': () =>
    guestRoom({ phase: { kind: 'failed', code: 'only_in_app' }, connection: 'connecting' }),
  /** The second of three is a guest, and so is the third, who is muted and shares a screen. */
  'call-guests': () => ({
    ...room({
      ...entered,
      peers: [aPeer(1), aPeer(2, { guest: true }), aPeer(3, { guest: true })],
    }),
    fates: { [aPeer(3).id]: { mic: false, screen: true } },
  }),
  'companion-guests': () => companion('open', { ...entered, peers: [aPeer(1), aPeer(2, { guest: true })] }),

  'page-home': page,
  'second-page': () => afterAttach(page(), (backend) => backend.pushDisconnected('second_page')),
  closed: () => afterAttach(page(), (backend) => backend.pushDisconnected('closed')),
  'closed-by-app': () => afterAttach(page(), (backend) => backend.pushClose()),
};

/** Runs after the page has attached. */
function afterAttach(scenario: Scenario, run: (backend: FakeBackend) => void): Scenario {
  setTimeout(() => run(scenario.backend), 50);
  return scenario;
}
