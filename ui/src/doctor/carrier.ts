/** Whose Parlour carries a relayed link. */
import type { MemberTurn } from '../backend/generated';
import type { EndFact, PathFact } from './facts';

/**
 * The peer id of the member whose app relays, ours for this app. Null: a server does, or no one.
 *
 * An app relays between its own allocations alone, so both ends are at the same one; their addresses are names out of
 * 192.0.2.0/24, which no other server uses (docs/decisions/0021).
 */
export function carrierOf(path: PathFact, servers: readonly MemberTurn[]): string | null {
  if (![path.here, path.there].some(isNameOfApp)) return null;
  const asked = path.relayUrl === null ? null : authority(path.relayUrl);
  const possible = servers.filter(({ urls }) => asked === null || urls.map(authority).includes(asked));
  const members = new Set(possible.map(({ member }) => member));
  const [only] = members;
  return members.size === 1 && only !== undefined ? only : null;
}

const isNameOfApp = (end: EndFact | null): boolean =>
  end?.type === 'relay' && /^192\.0\.2\.\d+:/.test(end.address ?? '');

/** `host:port` of `turn:host:port?transport=udp`. */
const authority = (url: string): string => url.replace(/^turns?:/, '').replace(/\?.*$/, '');
