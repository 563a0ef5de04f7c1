import { Speech } from '../rtc/level';
import type { LinkState, Safety } from '../rtc/pair';
import type { Emoji } from '../rtc/safety/emoji';
import type { SafetyAlarm } from '../rtc/problem';
import type { PeerView } from '../backend/bindings';

export type { Emoji, LinkState, Safety, SafetyAlarm };

/** Another person in the room. */
export class Participant {
  readonly id: string;
  name = $state('');
  /**
   * Microphone and camera, set once. Play it in a muted `<video>` and an `<audio>` of its own: a `<video>` whose
   * video track has no frames yet (a camera that is off) does not start its sound.
   */
  stream = $state.raw<MediaStream | null>(null);
  micOn = $state(true);
  cameraOn = $state(true);
  speaking = $state(false);
  state = $state<LinkState>('connecting');
  /** Its signaling is gone for the moment; media may go on. */
  away = $state(false);
  /** What can be compared with this person, to know that nobody is in between. */
  safety = $state.raw<Safety | null>(null);
  /** Why the link was ended for safety, if it was. */
  alarm = $state<SafetyAlarm | null>(null);
  #speech = new Speech();

  constructor(peer: PeerView) {
    this.id = peer.id;
    this.know(peer);
  }

  /** What the server's view says of it. */
  know(peer: PeerView): void {
    this.name = peer.name;
    this.away = peer.away;
  }

  /** How loud it is now. */
  hear(level: number): void {
    this.speaking = this.#speech.hear(this.micOn ? level : 0);
  }
}
