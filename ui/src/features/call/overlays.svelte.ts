import type { Participant, Safety } from '../../call/participant.svelte';

/** What lies open over the call or beside it. */
export class Opened {
  /** Beside the pictures; in a narrow window over them. */
  side = $state<'chat' | null>(null);
  /** What is asked or shown in a dialog. */
  dialog = $state<'devices' | 'invite' | null>(null);
  /** Whose emoji are being compared, and which. */
  checking = $state.raw<{ person: Participant; emoji: Safety['emoji'] } | null>(null);
}
