import { Speech } from '../rtc/media/audio-level';
import type { PersonState } from '../rtc/data-channel/messages';
import type { LinkState, Safety } from '../rtc/peer';
import type { Emoji } from '../rtc/safety/emoji';
import type { SafetyAlarm } from '../rtc/problem';
import type { PeerView } from '../backend/bindings';

export type { Emoji, LinkState, Safety, SafetyAlarm };

const GONE_AFTER = 60_000;

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
  hand = $state(false);
  speaking = $state(false);
  state = $state<LinkState>('connecting');
  /** Its signaling is gone for the moment; media may go on. */
  away = $state(false);
  /** Neither its link nor its signaling has been there for a minute. It may still come back. */
  gone = $state(false);
  /** What can be compared with this person, to know that nobody is in between. */
  safety = $state.raw<Safety | null>(null);
  /** Why the link was ended for safety, if it was. */
  alarm = $state<SafetyAlarm | null>(null);
  #sharing = $state(false);
  #screen = $state.raw<MediaStream | null>(null);
  #goneAfter: number;
  #lost = false;
  /** Since when neither is there. */
  #absentSince: number | null = null;
  #speech = new Speech();

  constructor(peer: PeerView, goneAfter = GONE_AFTER) {
    this.#goneAfter = goneAfter;
    this.id = peer.id;
    this.know(peer);
  }

  /** The screen that it shares, and its sound; null while it shares none. */
  get screen(): MediaStream | null {
    return this.#sharing ? this.#screen : null;
  }

  /** Where a screen comes that it shares. Once. */
  sharesIn(stream: MediaStream): void {
    this.#screen = stream;
  }

  /** What it shows of itself. */
  told({ mic, camera, screen, hand }: PersonState): void {
    this.micOn = mic;
    this.cameraOn = camera;
    this.#sharing = screen;
    this.hand = hand;
  }

  /** What the server's view says of it. */
  know(peer: PeerView): void {
    this.name = peer.name;
    this.away = peer.away;
    this.#lost = peer.lost;
  }

  /** Some time has passed. How loud it is now. */
  hear(level: number): void {
    this.speaking = this.#speech.hear(this.micOn ? level : 0);
    const now = performance.now();
    const isAbsent = (this.away || this.#lost) && this.state !== 'connected' && this.state !== 'ended';
    if (isAbsent) this.#absentSince ??= now;
    else this.#absentSince = null;
    this.gone = this.#absentSince !== null && now - this.#absentSince >= this.#goneAfter;
  }
}
