import type { EngineView, PageState, RoomView } from '../bindings';
import { FakeBackend } from './backend';
import { aPeer, aRoom, aView } from './views';

const room = (over: Partial<RoomView> = {}) => new FakeBackend(aView({ room: aRoom(over) }));
const entered = { phase: { kind: 'entered' } } as const;
const people = (count: number) => Array.from({ length: count }, (_, index) => aPeer(index + 1));
const browser = (page: PageState): EngineView => ({ kind: 'browser', name: 'Chromium', page });
const companion = (page: PageState, over: Partial<RoomView> = entered) =>
  new FakeBackend(aView({ engine: browser(page), room: aRoom({ peers: people(2), ...over }) }));

/** What `?fake=` can show. */
export const scenarios: Record<string, () => FakeBackend> = {
  home: () => new FakeBackend(),
  'home-first': () => new FakeBackend(aView({ settings: { ...aView().settings, name: '' } })),
  pending: () => new FakeBackend(aView({ pending: { host: 'parlour.example.org' }, room: aRoom(entered) })),
  notices: () =>
    new FakeBackend(
      aView({
        notices: (
          [
            'settings_set_aside',
            'settings_not_saved',
            'link_damaged',
            'link_too_new',
            'tampering',
            'browser_failed',
          ] as const
        ).map((code, id) => ({ id, code })),
      }),
    ),
  settings: () =>
    new FakeBackend(
      aView({
        settings: {
          ...aView().settings,
          hosting: { kind: 'server', address: 'parlour.example.org' },
          ice_servers: [
            { urls: ['stun:stun.example.org:3478'] },
            { urls: ['turn:turn.example.org:3478'], username: 'ada', credential: 'not a real one' },
          ],
        },
      }),
    ),
  lobby: () => room({ peers: [aPeer(1), aPeer(2, { entered: false })] }),
  'lobby-alone': () => room(),
  'lobby-connecting': () => room({ connection: 'connecting', server: null, hosting: false }),
  'lobby-unreachable': () => room({ reachable: false }),
  'lobby-denied': () => room(),
  'lobby-missing': () => room(),
  'lobby-in-use': () => room(),
  'call-1': () => room(entered),
  'call-2': () => room({ ...entered, peers: people(1) }),
  'call-3': () => room({ ...entered, peers: people(2) }),
  'call-4': () => room({ ...entered, peers: people(3) }),
  'call-5': () => room({ ...entered, peers: people(4) }),
  'call-6': () => room({ ...entered, peers: people(5) }),
  'call-7': () => room({ ...entered, peers: people(6) }),
  'call-8': () => room({ ...entered, peers: people(7) }),
  /** Somebody at the door, somebody without a name, somebody muted, somebody without a camera, somebody away. */
  'call-mixed': () =>
    room({
      ...entered,
      peers: [
        aPeer(1),
        aPeer(2),
        aPeer(3, { name: '' }),
        aPeer(4, { away: true }),
        aPeer(5, { entered: false }),
      ],
    }),
  'call-troubled': () => room({ ...entered, connection: 'reconnecting', peers: people(3) }),
  failed: () => room({ phase: { kind: 'failed', code: 'server_unreachable' }, connection: 'connecting' }),
  'failed-full': () => room({ phase: { kind: 'failed', code: 'room_full' }, hosting: false }),
  companion: () => companion('open'),
  'companion-lobby': () => companion('open', { phase: { kind: 'lobby' } }),
  'companion-opening': () => companion('opening', { phase: { kind: 'lobby' }, peers: [] }),
  'companion-closed': () => companion('closed'),
  'companion-unreachable': () => companion('open', { ...entered, reachable: false, peers: [] }),
  'engine-missing': () => new FakeBackend(aView({ engine: { kind: 'missing' } })),
  'page-home': () => new FakeBackend(aView({ engine: browser('open') }), 'call'),
  'second-page': () => lost(new FakeBackend(aView(), 'call'), (page) => page.pushLost('second_page')),
  closed: () => lost(new FakeBackend(aView(), 'call'), (page) => page.pushLost('closed')),
  bye: () => lost(new FakeBackend(aView(), 'call'), (page) => page.pushBye()),
};

/** The page is lost as soon as it has attached. */
function lost(page: FakeBackend, lose: (page: FakeBackend) => void): FakeBackend {
  setTimeout(() => lose(page), 50);
  return page;
}
