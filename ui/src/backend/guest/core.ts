/**
 * The core of a guest's page: the client of `src-tauri/crates/signaling`, compiled to WebAssembly by the crate `web`.
 * This file is the contract between both; tests have a core in TypeScript.
 */
import type { ErrorCode, IceServer, OpenedSignal, PeerView, SealedSignal } from '../generated';

/** The exports of the module. Each function throws an `AppError`. */
export interface Core {
  /** Finds and reads the invite that stands in the text, in any of its forms. Codes: `invite_…`. */
  parseInvite(text: string): GuestInvite;
  /**
   * The link to a new room, with a fresh secret, on the server with this address (`host[:port]`, or with `ws+` in
   * front for a server without TLS). Code: `settings_invalid`.
   */
  newInvite(server: string): GuestInvite;
  /** Forms that names which look alike share: two names are told apart by a number if these lists share a text. */
  nameLooks(name: string): string[];
  /**
   * The STUN and TURN servers which the field `ice_servers` of a member's signal names, as far as a browser takes them:
   * it refuses all servers for a malformed one. At most four.
   */
  readIceServers(value: unknown): IceServer[];
  /** Starts to join under a new peer id. Codes: `invite_…`. */
  readonly RoomCore: new (config: RoomCoreConfig, onEvents: (events: RoomEvent[]) => void) => RoomCore;
}

export interface GuestInvite {
  /** `parlour://join/…`. */
  link: string;
  /** The same for any page that reads it: the fragment `join/<places>/<code>`, without `#`. */
  fragment: string;
  /** `https://<server>/j#<code>`, if the invite has this form. */
  web_link: string | null;
  /** The servers where the room may be, in their order. */
  endpoints: GuestEndpoint[];
  /** It can also be found by relays. */
  relays: boolean;
}

export interface GuestEndpoint {
  /** `host[:port]`, for people. */
  name: string;
  tls: boolean;
  /** Its host is this computer: a browser lets every page connect to it without TLS. */
  loopback: boolean;
}

export interface RoomCoreConfig {
  /** The link; its endpoints that a page cannot reach are skipped. */
  invite: string;
  /** Our name in the lobby. `enter` may change it. */
  name: string;
  /** The peer id of this page before it was reloaded. The others then need not wait for that peer. */
  previous_peer_id: string | null;
  /** The server's access token, where the page starts a room that its server starts only with one. */
  access_token: string | null;
  /** Permits of the event `joined` that this page has got in this room before. */
  permits: ServerPermit[];
}

export interface ServerPermit {
  /** As in the event `joined`. */
  server: string;
  permit: string;
}

/** One session in one room, under one peer id. All members say in their hello that this one is a guest. */
export interface RoomCore {
  /** Our peer id. */
  readonly peerId: string;
  /** Enters the room under this name, at once or as soon as the server is reached. Also changes the name later. */
  enter(name: string): Promise<void>;
  /** As the command `send_signal`. */
  sendSignal(to: string, signal: unknown, number?: number | null): Promise<void>;
  /** As the command `seal_signal`. */
  sealSignal(to: string, signal: unknown, number?: number | null): Promise<SealedSignal>;
  /** As the command `open_signal`. */
  openSignal(from: string, envelope: string): Promise<OpenedSignal>;
  /** The network has changed: asks the connection for a sign of life, or tries again at once. */
  reconnectNow(): void;
  /**
   * Tells the server that we leave, and closes the connection, within two seconds. The message is on its way when the
   * call returns, so that a page which is being closed can still send it. No event follows.
   */
  leave(): Promise<void>;
}

/** Names and shapes as in `RoomEvent` of the signaling crate; errors are codes. */
export type RoomEvent =
  | {
      kind: 'joined';
      /** The address of the server that answered first, in the form of an invite. */
      server: string;
      /** Its name for people: `host[:port]`. */
      server_name: string;
      ice_servers: IceServer[];
      members: Member[];
      resumed: boolean;
      embedded: boolean;
      permit: string | null;
    }
  | { kind: 'ice_servers'; ice_servers: IceServer[] }
  | { kind: 'peer_joined'; member: Member }
  | { kind: 'peer_entered'; peer: string; name: string }
  | { kind: 'presence_changed'; peer: string; presence: Member['presence'] }
  | { kind: 'peer_left'; peer: string }
  | { kind: 'signal'; from: string; signal: unknown }
  | { kind: 'reconnecting' }
  | { kind: 'server_ended' }
  | { kind: 'unreachable' }
  | { kind: 'tampering' }
  /** The last event. */
  | { kind: 'failed'; code: ErrorCode };

/** A member as in the view, under the name that it gave itself. */
export type Member = PeerView;
