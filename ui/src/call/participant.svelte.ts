import { Speech } from '../rtc/level';
import type { LinkState } from '../rtc/pair';
import type { PeerView } from '../backend/bindings';

export type { LinkState };

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
