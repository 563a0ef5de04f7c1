/** Invites in a guest's page. */
import type { AppError, ErrorCode, RoomPlace } from '../generated';
import type { GuestEndpoint, GuestInvite } from './core';

/** An error as the app would send it. */
export const appError = (code: ErrorCode): AppError => ({ code, message: code, field: null });

/** The code of a web invite, which a fragment can hold alone: its place is then the server of the page. */
const BARE_CODE = /^[\w-]{26,}$/;

/** A text with the invite that stands in the fragment of this page, or null where there is none. */
export function inviteInFragment(fragment: string, pageUrl: string): string | null {
  const text = fragment.replace(/^#/, '');
  if (text === '') return null;
  if (BARE_CODE.test(text)) return `${new URL('/j', pageUrl).href}#${text}`;
  return `parlour://${text}`;
}

/** Whether a page may connect: without TLS only from a page without TLS, or to this computer (W3C Mixed Content). */
function isReachable({ tls, loopback }: GuestEndpoint, pageUrl: string): boolean {
  return tls || loopback || new URL(pageUrl).protocol === 'http:';
}

export const isOnlyInApp = ({ endpoints }: GuestInvite, pageUrl: string): boolean =>
  !endpoints.some((endpoint) => isReachable(endpoint, pageUrl));

/** Where the room may be, for the question to the person. */
export function placesOf({ endpoints, relays }: GuestInvite): RoomPlace[] {
  const servers = endpoints.map(({ name, tls, loopback }): RoomPlace =>
    loopback ? { kind: 'this_computer' } : { kind: 'server', host: name, encrypted: tls },
  );
  return relays ? [...servers, { kind: 'relays' }] : servers;
}

/** The link that people get: one for browsers, which also leads to the app if its server has the page for that. */
export const shownLink = ({ web_link, fragment }: GuestInvite, pageUrl: string): string =>
  web_link ?? `${pageUrl}#${fragment}`;
