import type { ReliableMessage, UserMessage } from '../rtc/data-channel/messages';
import type { Participant } from './participant.svelte';

/** A part of the call that follows what the participants send, as chat and reactions do. */
export interface CallFeature {
  onMessage?(participant: Participant, message: UserMessage): void;
  /** The participant has received this message of ours. */
  onDelivered?(participant: Participant, message: ReliableMessage): void;
  /** The participant shows something else of itself: a hand, a screen, a camera. */
  onState?(participant: Participant): void;
  onLeave?(participant: Participant): void;
  /** The call is over. */
  close?(): void;
}
