import type { RoomView } from '../backend/generated';

/** Relays keep the room open when its host has left. */
export const isFoundByRelays = (room: RoomView): boolean => room.relays.length > 0;

/** The host has left, and nobody can come in any more. */
export const isClosed = (room: RoomView): boolean => room.host === 'left' && !isFoundByRelays(room);
