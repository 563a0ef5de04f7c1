import type { PeerView } from '../backend/bindings';

/** How a link to a person is doing. `failed` says that it was never up after several tries; trying goes on. */
export type LinkState = 'connecting' | 'connected' | 'reconnecting' | 'failed';

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

  constructor(peer: PeerView) {
    this.id = peer.id;
    this.name = peer.name;
    this.away = peer.away;
  }
}
