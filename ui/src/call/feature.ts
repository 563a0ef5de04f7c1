import type { Note, Post } from '../rtc/data-channel/notes';
import type { Participant } from './participant.svelte';

/** A part of the call that lives on what people tell each other, as chat and reactions do. */
export interface Part {
  /** Somebody says something in passing. */
  said?(person: Participant, note: Note): void;
  /** Somebody says something to last; also one who is reconnecting. */
  posted?(person: Participant, post: Post): void;
  /** Somebody has got what one has posted. */
  arrived?(person: Participant, post: Post): void;
  /** Somebody shows something else of itself: a hand, a screen, a camera. */
  told?(person: Participant): void;
  /** Somebody is not in the room any more. */
  left?(person: Participant): void;
  /** The call is over. */
  close?(): void;
}
