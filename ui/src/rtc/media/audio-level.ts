/** Quieter than this is silence, in decibels below full scale. */
const FLOOR = -60;
const EVERY = 100;

/** How loud a microphone is, measured on a copy of its track, so that it is also told while the track is muted. */
export class Meter {
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #copy: MediaStreamTrack | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heard: (level: number) => void;

  constructor(heard: (level: number) => void) {
    this.#heard = heard;
  }

  /** Measures this track from now on, or none. What a browser refuses here costs the meter, never the microphone. */
  watch(track: MediaStreamTrack | null): void {
    this.#letGo();
    if (!track || typeof AudioContext === 'undefined') return;
    try {
      this.#measure(track);
    } catch {
      this.#letGo();
    }
  }

  #measure(track: MediaStreamTrack): void {
    const context = (this.#context ??= this.#wake(new AudioContext()));
    this.#copy = track.clone();
    this.#copy.enabled = true;
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    this.#source = context.createMediaStreamSource(new MediaStream([this.#copy]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#heard(loudness(samples));
    }, EVERY);
  }

  close(): void {
    this.#letGo();
    removeEventListener('pointerdown', this.#resume);
    removeEventListener('keydown', this.#resume);
    this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  /** A browser may keep a context asleep until the person does something. */
  #wake(context: AudioContext): AudioContext {
    if (context.state !== 'running') {
      addEventListener('pointerdown', this.#resume);
      addEventListener('keydown', this.#resume);
    }
    return context;
  }

  #resume = (): void => {
    this.#context?.resume().catch(() => undefined);
  };

  #letGo(): void {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = null;
    this.#copy?.stop();
    this.#copy = null;
    this.#heard(0);
  }
}

/** The level of some samples as a person hears it, 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR));
}

/** Louder than this is speech (as WebRTC's `audioLevel` counts: 1 is full scale). */
const SPEECH = 0.02;
/** A pause between two words. */
const BREATH = 600;

/** Whether somebody speaks, without flickering between two words. */
export class Speech {
  #heardAt = -Infinity;

  /** The level now. */
  hear(level: number, now = performance.now()): boolean {
    if (level > SPEECH) this.#heardAt = now;
    return now - this.#heardAt < BREATH;
  }
}
