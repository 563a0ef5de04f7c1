import type { EphemeralMessage, ReliableMessage } from '../rtc/data-channel/notes';
import type { Participant } from './participant.svelte';

/** A part of the call that lives on what people tell each other, as chat and reactions do. */
export interface CallFeature {
  /** Somebody says something in passing. */
  said?(person: Participant, note: EphemeralMessage): void;
  /** Somebody says something to last; also one who is reconnecting. */
  posted?(person: Participant, post: ReliableMessage): void;
  /** Somebody has got what one has posted. */
  onDelivered?(person: Participant, post: ReliableMessage): void;
  /** Somebody shows something else of itself: a hand, a screen, a camera. */
  onState?(person: Participant): void;
  /** Somebody is not in the room any more. */
  onLeave?(person: Participant): void;
  /** The call is over. */
  close?(): void;
}
