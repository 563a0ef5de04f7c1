/**
 * The record that a reloaded page hands to itself. It is written when the page goes and removed when the next one reads it,
 * so that a tab which is duplicated does not take the place of the first. The invite is not in it: the fragment of the
 * address has it, and a hash tells that it is the same room.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { GuestInvite, ServerPermit } from './core';
import { readObject, type TextStore } from './settings';

export interface Reload {
  /** Our peer id until now. */
  me: string;
  name: string;
  hasEntered: boolean;
  permits: readonly ServerPermit[];
}

const hashOf = ({ link }: GuestInvite): string =>
  bytesToHex(sha256(utf8ToBytes(`parlour guest reload ${link}`)));

export function writeReload(store: TextStore, invite: GuestInvite, reload: Reload): void {
  store.write(JSON.stringify({ ...reload, room: hashOf(invite) }));
}

/** Of the same room only. */
export function takeReload(store: TextStore, invite: GuestInvite): Reload | null {
  const { room, me, name, hasEntered, permits } = readObject(store.read());
  store.write(null);
  if (room !== hashOf(invite) || typeof me !== 'string' || typeof name !== 'string') return null;
  return { me, name, hasEntered: hasEntered === true, permits: readPermits(permits) };
}

function readPermits(value: unknown): ServerPermit[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (one): one is ServerPermit => typeof one?.server === 'string' && typeof one?.permit === 'string',
  );
}
