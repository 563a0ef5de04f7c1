/** Quieter than this is silence, in decibels below full scale. */
const SILENCE_DB = -60;
const LEVEL_INTERVAL_MS = 100;

/** How loud a microphone is, measured on a copy of its track, so that it is also told while the track is muted. */
export class AudioLevelMeter {
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #copy: MediaStreamTrack | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #onLevel: (level: number) => void;

  constructor(heard: (level: number) => void) {
    this.#onLevel = heard;
  }

  /** Measures this track from now on, or none. What a browser refuses here costs the meter, never the microphone. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#release();
    if (!track || typeof AudioContext === 'undefined') return;
    try {
      this.#measure(track);
    } catch {
      this.#release();
    }
  }

  #measure(track: MediaStreamTrack): void {
    const context = (this.#context ??= this.#resumeOnInput(new AudioContext()));
    this.#copy = track.clone();
    this.#copy.enabled = true;
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    this.#source = context.createMediaStreamSource(new MediaStream([this.#copy]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#onLevel(loudness(samples));
    }, LEVEL_INTERVAL_MS);
  }

  close(): void {
    this.#release();
    removeEventListener('pointerdown', this.#resume);
    removeEventListener('keydown', this.#resume);
    this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  /** A browser may keep a context asleep until the person does something. */
  #resumeOnInput(context: AudioContext): AudioContext {
    if (context.state !== 'running') {
      addEventListener('pointerdown', this.#resume);
      addEventListener('keydown', this.#resume);
    }
    return context;
  }

  #resume = (): void => {
    this.#context?.resume().catch(() => undefined);
  };

  #release(): void {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = null;
    this.#copy?.stop();
    this.#copy = null;
    this.#onLevel(0);
  }
}

/** The level of some samples as a person hears it, 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / SILENCE_DB));
}

/** Louder than this is speech (as WebRTC's `audioLevel` counts: 1 is full scale). */
const SPEECH_LEVEL = 0.02;
/** A pause between two words. */
const SPEECH_PAUSE_MS = 600;

/** Whether somebody speaks, without flickering between two words. */
export class SpeechDetector {
  #heardAt = -Infinity;

  /** The level now. */
  update(level: number, now = performance.now()): boolean {
    if (level > SPEECH_LEVEL) this.#heardAt = now;
    return now - this.#heardAt < SPEECH_PAUSE_MS;
  }
}
