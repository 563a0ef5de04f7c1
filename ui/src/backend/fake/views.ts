import type { AppView, NetworkFacts, PeerView, RoomView } from '../generated';

/** A view without a room, with these changes. */
export function aView(over: Partial<AppView> = {}): AppView {
  return {
    revision: 1,
    version: '0.1.0',
    settings: {
      name: 'Ada',
      hosting: { kind: 'this_computer' },
      reach: 'anywhere',
      invite_page: '',
      relays: [],
      ice_servers: [],
      share_turn: false,
      stun_servers: null,
      relay_only: false,
      engine: 'auto',
      browser: '',
      theme: 'system',
      language: 'system',
      sounds: true,
      notifications: true,
      plain_shortcuts: true,
      global_shortcuts: { on: false, mute: 'Ctrl+Alt+M', talk: 'Ctrl+Alt+Space' },
    },
    engine: { kind: 'window' },
    room: null,
    reach: { invite_complete: true, port_mapping: { kind: 'off' } },
    call: null,
    browsers: [],
    last_room: null,
    pending: null,
    asks_to_close: false,
    check: null,
    notices: [],
    system: { os: 'linux', wayland: false, apt: true },
    public_stun_servers: ['stun:stun.example.org:3478', 'stun:stun.example.net:3478'],
    ...over,
  };
}

/** The facts of a check at home, with these changes. */
export function someFacts(over: Partial<NetworkFacts> = {}): NetworkFacts {
  return {
    ipv4: 'private',
    ipv6: 'global',
    nat: 'stable',
    udp: true,
    stun: ['stun.example.org:3478', 'stun.example.com:3478'],
    seen: '203.0.113.7:51820',
    turn: [],
    captive_portal: false,
    clock_ahead: 0,
    has_proxy: false,
    tcp: true,
    ...over,
  };
}

/** A lobby without others, with these changes. */
export function aRoom(over: Partial<RoomView> = {}): RoomView {
  return {
    invite: 'parlour://join/192.168.1.20:46800,[fd12:3456::20]:46800/AUbTn2c0kq1hVx9Zr4WmPwFyQ3',
    hosting: true,
    reachable: true,
    server: '192.168.1.20:46800',
    invited_server: null,
    on_own_server: false,
    phase: { kind: 'lobby' },
    connection: 'online',
    host: 'person',
    relays: [],
    me: '00000000000000000000000000000000',
    name: 'Ada',
    peers: [],
    ice_servers: [],
    member_turn: [],
    relay_only: false,
    ...over,
  };
}

const NAMES = ['Mei', 'Jonas', 'Amélie', '王小明', 'Priya', 'Oluwaseun', 'Bartholomew Featherstonehaugh'];

/** The nth other peer, entered, with these changes. */
export function aPeer(n: number, over: Partial<PeerView> = {}): PeerView {
  return {
    id: n.toString(16).padStart(32, '0'),
    name: NAMES[(n - 1) % NAMES.length] ?? '',
    entered: true,
    presence: 'online',
    role: 'offerer',
    guest: false,
    safety_binding: 'b1'.repeat(32),
    ...over,
  };
}
