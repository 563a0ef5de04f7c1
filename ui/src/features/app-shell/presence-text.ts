import type { PeerView } from '../../backend/generated';
import type { PresenceChange, SeenPerson } from '../../call/presence-diff';
import { t } from '../../i18n/i18n.svelte';
import { displayName } from '../../i18n/names';

const KEYS = { entered: 'call.came_in', left: 'call.left', door: 'call.at_the_door_1' } as const;

/** The people of a room as signaling sees them; it does not know whose link is lost. */
export const peopleOf = (peers: readonly PeerView[]): SeenPerson[] =>
  peers.map(({ id, name, entered }) => ({ id, name, isInside: entered, isLost: false }));

/** One sentence for each person who came in, left or came to the door; empty if nobody did. */
export const presenceText = (changes: readonly PresenceChange[]): string =>
  changes
    .flatMap(({ kind, name }) =>
      kind === 'lost' || kind === 'back' ? [] : t(KEYS[kind], { name: displayName(name) }),
    )
    .join(' ');
