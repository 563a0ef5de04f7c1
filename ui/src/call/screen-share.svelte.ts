import { stillPicture, type StillPicture } from '../rtc/media/still-picture';
import { captureDisplay, displayConstraints } from '../rtc/media/display';
import type { ShareKind, ShareProblem } from '../types';
import type { OutgoingTracks } from '../rtc/peer-link/transceivers';
import type { CallFeature } from './feature';

/** The audio is there where the platform gives it. */
export type ScreenTracks = Pick<OutgoingTracks, 'screen' | 'screen_audio'>;

/** Our own shared screen. */
export class ScreenShare implements CallFeature {
  /** Null while nothing is shared. */
  stream = $state.raw<MediaStream | null>(null);
  /** The person is choosing what to share. */
  choosing = $state(false);
  problem = $state<ShareProblem | null>(null);
  kind = $state<ShareKind>('text');
  /** The others see a still picture, and hear nothing of the screen. */
  isPaused = $state(false);
  #still: StillPicture | null = null;
  #onTracks: (tracks: ScreenTracks) => void;
  #devices: MediaDevices | undefined;
  #stillOf: (track: MediaStreamTrack) => Promise<StillPicture>;
  /** Counts the attempts: a screen that is chosen after the end of its attempt is released at once. */
  #attempt = 0;

  /** `onTracks`: the tracks to send to everyone, now and later. `stillOf` keeps the present picture of a track. */
  constructor(
    onTracks: (tracks: ScreenTracks) => void,
    devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
    stillOf = stillPicture,
  ) {
    this.#onTracks = onTracks;
    this.#stillOf = stillOf;
    this.#devices = devices;
  }

  get hasAudio(): boolean {
    return (this.stream?.getAudioTracks().length ?? 0) > 0;
  }

  /** Null while the person chooses what to share. */
  get toggle(): (() => void) | null {
    if (this.choosing) return null;
    return this.stream ? () => this.stop() : () => void this.start();
  }

  /** The browser allows this only in reaction to a click or a key. */
  async start(): Promise<void> {
    if (this.choosing || this.stream) return;
    this.problem = null;
    this.choosing = true;
    const turn = (this.#attempt += 1);
    const display = await captureDisplay(this.kind, this.#devices);
    if (turn !== this.#attempt) {
      if ('stream' in display) end(display.stream);
      return;
    }
    this.choosing = false;
    if ('problem' in display) {
      this.problem = display.problem === 'cancelled' ? null : display.problem;
      return;
    }
    const [screen = null] = display.stream.getVideoTracks();
    const [sound = null] = display.stream.getAudioTracks();
    if (!screen) return void end(display.stream);
    // The shared window was closed, or the person pressed the browser's own button.
    screen.onended = () => this.stop();
    screen.contentHint = hint(this.kind);
    this.stream = display.stream;
    this.#onTracks({ screen, screen_audio: sound });
  }

  stop(): void {
    this.#attempt += 1;
    this.choosing = false;
    const { stream } = this;
    if (!stream) return;
    this.stream = null;
    this.#endStill();
    end(stream);
    this.#onTracks({});
  }

  /** Takes effect at once. */
  setKind(kind: ShareKind): void {
    this.kind = kind;
    const [screen = null] = this.stream?.getVideoTracks() ?? [];
    const [sound = null] = this.stream?.getAudioTracks() ?? [];
    if (!screen) return;
    screen.contentHint = hint(kind);
    // A platform that refuses the constraints goes on as it is.
    screen.applyConstraints(displayConstraints(kind)).catch(() => undefined);
    if (!this.isPaused) this.#onTracks({ screen, screen_audio: sound });
  }

  /** From now on the others see what is on the screen now, whatever comes there. */
  async pause(): Promise<void> {
    const [screen = null] = this.stream?.getVideoTracks() ?? [];
    if (!screen || this.#still) return;
    // Without a still picture the screen goes on, and nothing claims that it does not.
    const still = await this.#stillOf(screen).catch(() => null);
    if (this.#still || this.stream?.getVideoTracks()[0] !== screen) still?.stop();
    if (!still || still.track.readyState === 'ended') return;
    still.track.contentHint = hint(this.kind);
    this.#still = still;
    this.isPaused = true;
    this.#onTracks({ screen: still.track });
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#endStill();
    const [screen = null] = this.stream?.getVideoTracks() ?? [];
    const [sound = null] = this.stream?.getAudioTracks() ?? [];
    if (screen) this.#onTracks({ screen, screen_audio: sound });
  }

  #endStill(): void {
    this.isPaused = false;
    this.#still?.stop();
    this.#still = null;
  }

  dismiss(): void {
    this.problem = null;
  }

  close(): void {
    this.stop();
  }
}

const hint = (kind: ShareKind): string => (kind === 'text' ? 'text' : 'motion');

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}
