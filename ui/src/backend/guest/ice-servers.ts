import type { IceServer } from '../generated';
import shippedStunServers from '../../../../src-tauri/src/storage/settings/stun-servers.txt?raw';

/** Servers of all members together. More slow down how a browser looks for a path. */
const MAX_OF_MEMBERS = 8;

/** The addresses of the public STUN servers that come with the app. */
export const publicStunServers: readonly string[] = shippedStunServers
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** All servers for the links: of the room's server, of the members; and public STUN servers where the server names none. */
export function iceServers(ofServer: readonly IceServer[], ofMembers: readonly IceServer[]): IceServer[] {
  const hasStun = ofServer.some(({ urls }) => urls.some((url) => url.startsWith('stun')));
  return [
    ...ofServer,
    ...ofMembers.slice(0, MAX_OF_MEMBERS),
    ...(hasStun ? [] : [{ urls: [...publicStunServers] }]),
  ];
}
