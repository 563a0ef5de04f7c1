import { SpeechDetector } from '../rtc/media/audio-level';
import type { PeerState } from '../rtc/data-channel/messages';
import type { LinkState, Safety } from '../rtc/peer';
import type { Emoji } from '../rtc/safety/emoji';
import type { SafetyAlarm } from '../rtc/problem';
import type { PeerView } from '../backend/bindings';

export type { Emoji, LinkState, Safety, SafetyAlarm };

const ABSENT_AFTER_MS = 60_000;

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
  handRaised = $state(false);
  speaking = $state(false);
  linkState = $state<LinkState>('connecting');
  /** Its signaling is gone for the moment; media may go on. */
  away = $state(false);
  /** Neither its link nor its signaling has been there for a minute. It may still come back. */
  gone = $state(false);
  /** What can be compared with this person, to know that nobody is in between. */
  safety = $state.raw<Safety | null>(null);
  /** Why the link was ended for safety, if it was. */
  alarm = $state<SafetyAlarm | null>(null);
  #sharesScreen = $state(false);
  #screenStream = $state.raw<MediaStream | null>(null);
  #absentAfterMs: number;
  #lost = false;
  /** Since when neither is there. */
  #absentSince: number | null = null;
  #speechDetector = new SpeechDetector();

  constructor(peer: PeerView, goneAfter = ABSENT_AFTER_MS) {
    this.#absentAfterMs = goneAfter;
    this.id = peer.id;
    this.update(peer);
  }

  /** The screen that it shares, and its sound; null while it shares none. */
  get screen(): MediaStream | null {
    return this.#sharesScreen ? this.#screenStream : null;
  }

  /** Where a screen comes that it shares. Once. */
  setScreenStream(stream: MediaStream): void {
    this.#screenStream = stream;
  }

  /** What it shows of itself. */
  setState({ mic, camera, screen, hand }: PeerState): void {
    this.micOn = mic;
    this.cameraOn = camera;
    this.#sharesScreen = screen;
    this.handRaised = hand;
  }

  /** What the server's view says of it. */
  update(peer: PeerView): void {
    this.name = peer.name;
    this.away = peer.presence !== 'online';
    this.#lost = peer.presence === 'lost';
  }

  /** Some time has passed. How loud it is now. */
  tick(level: number): void {
    this.speaking = this.#speechDetector.update(this.micOn ? level : 0);
    const now = performance.now();
    const isAbsent =
      (this.away || this.#lost) && this.linkState !== 'connected' && this.linkState !== 'ended';
    if (isAbsent) this.#absentSince ??= now;
    else this.#absentSince = null;
    this.gone = this.#absentSince !== null && now - this.#absentSince >= this.#absentAfterMs;
  }
}
