import type {
  ConnectionState,
  ErrorCode,
  IceServer,
  Phase,
  RoomHost,
  RoomView,
  SignalEvent,
} from '../generated';
import type { Core, GuestInvite, Member, RoomEvent, ServerPermit } from './core';
import { iceServers } from './ice-servers';
import { shownLink } from './invite';
import { Namesakes } from './namesakes';

/** The field of a signal that is for the app around the page, not for the page. See docs/protocol.md. */
const ICE_SERVERS_FIELD = 'ice_servers';

/** The state of the joined room, made from the events of the core. The Rust side has the same in `room_state.rs`. */
export class RoomState {
  me = '';
  name: string;
  phase: Phase = { kind: 'lobby' };
  readonly invite: GuestInvite;
  /** We started the room. */
  readonly isNew: boolean;
  #connection: ConnectionState = 'connecting';
  #host: RoomHost = 'server';
  #server: string | null = null;
  #members: Member[] = [];
  #iceServers: readonly IceServer[] = [];
  #iceServersOfMembers = new Map<string, readonly IceServer[]>();
  #permits = new Map<string, string>();
  #namesakes: Namesakes;
  #core: Pick<Core, 'readIceServers'>;

  constructor(
    core: Pick<Core, 'nameLooks' | 'readIceServers'>,
    invite: GuestInvite,
    name: string,
    { isNew = false, permits = [] }: { isNew?: boolean; permits?: readonly ServerPermit[] } = {},
  ) {
    this.#core = core;
    this.#namesakes = new Namesakes((name) => core.nameLooks(name));
    this.invite = invite;
    this.name = name;
    this.isNew = isNew;
    for (const { server, permit } of permits) this.#permits.set(server, permit);
  }

  get permits(): ServerPermit[] {
    return [...this.#permits].map(([server, permit]) => ({ server, permit }));
  }

  /** Applies an event. Returns the signal for the page, if it is one. */
  apply(event: RoomEvent): SignalEvent | null {
    switch (event.kind) {
      case 'joined':
        this.#connection = 'online';
        this.#host = event.embedded ? 'person' : 'server';
        this.#server = event.server_name;
        this.#iceServers = event.ice_servers;
        this.#members = event.members;
        if (event.permit !== null) this.#permits.set(event.server, event.permit);
        break;
      case 'ice_servers':
        this.#iceServers = event.ice_servers;
        break;
      case 'peer_joined':
        this.#members = [...this.#members.filter(({ id }) => id !== event.member.id), event.member];
        break;
      case 'peer_entered':
        this.#updateMember(event.peer, { entered: true, name: event.name });
        break;
      case 'presence_changed':
        this.#updateMember(event.peer, { presence: event.presence });
        break;
      case 'peer_left':
        this.#members = this.#members.filter(({ id }) => id !== event.peer);
        this.#iceServersOfMembers.delete(event.peer);
        break;
      case 'signal':
        return this.#readSignal(event.from, event.signal);
      case 'reconnecting':
        this.#connection = 'reconnecting';
        break;
      case 'server_ended':
        if (this.#host === 'person') this.#host = 'left';
        break;
      case 'unreachable':
        if (this.#host === 'person') this.#host = 'lost';
        break;
      case 'tampering':
        // A notice of the page.
        break;
      case 'failed':
        this.fail(this.#codeOf(event.code));
        break;
    }
    return null;
  }

  fail(code: ErrorCode): void {
    this.phase = { kind: 'failed', code };
    this.#members = [];
  }

  view(pageUrl: string): RoomView {
    const [only, ...others] = this.invite.endpoints;
    return {
      invite: shownLink(this.invite, pageUrl),
      hosting: false,
      reachable: true,
      server: this.#server,
      invited_server: only && others.length === 0 ? only.name : null,
      on_own_server: this.isNew,
      phase: this.phase,
      connection: this.#connection,
      host: this.#host,
      relays: [],
      me: this.me,
      name: this.name,
      peers: this.#namesakes.update(this.name, this.#members),
      ice_servers: iceServers(this.#iceServers, [...this.#iceServersOfMembers.values()].flat()),
      member_turn: [...this.#iceServersOfMembers].map(([member, servers]) => ({
        member,
        urls: servers.flatMap(({ urls }) => urls),
      })),
      relay_only: false,
    };
  }

  /** Only who starts a room can help by a token. */
  #codeOf(code: ErrorCode): ErrorCode {
    return code === 'access_required' && !this.isNew ? 'room_not_open' : code;
  }

  #updateMember(peer: string, change: Partial<Member>): void {
    this.#members = this.#members.map((member) => (member.id === peer ? { ...member, ...change } : member));
  }

  #readSignal(from: string, signal: unknown): SignalEvent | null {
    if (typeof signal === 'object' && signal !== null && ICE_SERVERS_FIELD in signal) {
      this.#iceServersOfMembers.set(from, this.#core.readIceServers(signal[ICE_SERVERS_FIELD]));
      return null;
    }
    return { from, to: this.me, signal };
  }
}
