/** Whether the relays help people find the room. */
import type { RelayState } from '../backend/generated';

/** `none`: the room uses no relays. `silent`: none is of use, and none is being tried for now. */
export type RelaysFact = 'none' | 'connecting' | 'work' | 'silent';

export function relaysFact(states: readonly RelayState[]): RelaysFact {
  if (states.length === 0) return 'none';
  // A relay that is paused still listens.
  if (states.some(({ state }) => state === 'open' || state === 'paused')) return 'work';
  return states.some(({ state }) => state === 'connecting') ? 'connecting' : 'silent';
}
