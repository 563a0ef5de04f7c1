import type { Participant } from '../../call/participant.svelte';
import type { Safety } from '../../types';

/** The panels and dialogs that are open over the call or beside it. */
export class Overlays {
  /** Beside the tiles; in a narrow window over them. */
  sidePanel = $state<'chat' | null>(null);
  dialog = $state<'devices' | 'invite' | null>(null);
  /** The person whose safety emoji are compared, and the emoji; null for a person who cannot be checked. */
  safetyCheck = $state.raw<{ person: Participant; emoji: Safety['emoji'] | null } | null>(null);
}
