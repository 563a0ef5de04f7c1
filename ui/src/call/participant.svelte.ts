import type { PeerView, Presence } from '../backend/generated';
import {
  levelOf,
  MAX_SAMPLES,
  sampleOf,
  SteadyLevel,
  type QualityLevel,
  type Sample,
} from '../doctor/quality';
import type { PeerState } from '../rtc/data-channel/messages';
import { SpeechDetector } from '../rtc/media/audio-level';
import type { LinkMeasurement } from '../rtc/peer-link/measure';
import type { LinkState, NetworkReport, Safety, SafetyAlarm, Unchecked } from '../types';

const ABSENT_AFTER_MS = 60_000;

/** Another person in the room. */
export class Participant {
  readonly id: string;
  name = $state('');
  /** The person has no app: a web page runs their call. */
  isGuest = $state(false);
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
  /** `absent`: neither the link nor the signaling has been there for a minute. The person may still come back. */
  presence = $state<Presence | 'absent'>('online');
  /** The code to compare, to know that nobody is in between. */
  safety = $state.raw<Safety | null>(null);
  /** Why there is no such code, though there should be one by now. */
  unchecked = $state<Unchecked | null>(null);
  /** Why the link was ended for safety, if it was. */
  alarm = $state<SafetyAlarm | null>(null);
  /** The last measurement; null while there is no link. */
  measurement = $state.raw<LinkMeasurement | null>(null);
  /** The last two minutes, the oldest first. */
  samples = $state.raw<readonly Sample[]>([]);
  /** How good the link is; null while it is not connected. */
  quality = $state<QualityLevel | null>(null);
  /** The other side's report of its network, when the link does not come about. */
  networkReport = $state.raw<NetworkReport | null>(null);
  #steadyLevel = new SteadyLevel();
  #sharesScreen = $state(false);
  #screenStream = $state.raw<MediaStream | null>(null);
  #absentAfterMs: number;
  #signaling: Presence = 'online';
  #unreachableSince: number | null = null;
  #speechDetector = new SpeechDetector();

  constructor(peer: PeerView, absentAfterMs = ABSENT_AFTER_MS) {
    this.#absentAfterMs = absentAfterMs;
    this.id = peer.id;
    this.update(peer);
  }

  /** The shared screen and its audio; null while none is shared. */
  get screen(): MediaStream | null {
    return this.#sharesScreen ? this.#screenStream : null;
  }

  /** The stream in which shared screens come and go. Called once. */
  setScreenStream(stream: MediaStream): void {
    this.#screenStream = stream;
  }

  setState({ mic, camera, screen, hand }: PeerState): void {
    this.micOn = mic;
    this.cameraOn = camera;
    this.#sharesScreen = screen;
    this.handRaised = hand;
  }

  update({ name, guest, presence }: PeerView): void {
    this.name = name;
    this.isGuest = guest;
    this.#signaling = presence;
    if (this.presence !== 'absent') this.presence = presence;
  }

  /** Called every two seconds. */
  addMeasurement(now: LinkMeasurement | null): void {
    const before = this.measurement;
    this.measurement = now;
    if (!now || this.linkState !== 'connected') {
      this.quality = null;
      this.#steadyLevel = new SteadyLevel();
      return;
    }
    const sample = sampleOf(before, now);
    this.samples = [...this.samples.slice(1 - MAX_SAMPLES), sample];
    this.quality = this.#steadyLevel.update(levelOf(sample));
  }

  /** Called several times a second, with the audio level now. */
  tick(audioLevel: number): void {
    this.speaking = this.#speechDetector.update(this.micOn ? audioLevel : 0);
    const now = performance.now();
    const hasLink = this.linkState === 'connected' || this.linkState === 'ended';
    if (hasLink || this.#signaling === 'online') this.#unreachableSince = null;
    else this.#unreachableSince ??= now;
    const isAbsent = this.#unreachableSince !== null && now - this.#unreachableSince >= this.#absentAfterMs;
    this.presence = isAbsent ? 'absent' : this.#signaling;
  }
}
