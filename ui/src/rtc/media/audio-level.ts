/** In decibels relative to full scale. */
const SILENCE_DB = -60;
const LEVEL_INTERVAL_MS = 100;

/**
 * Nothing is played: no speaker is opened where the browser can do without one, and samples come in large, rare blocks.
 * A browser ignores options that it does not know.
 */
const METER_OPTIONS = { latencyHint: 'playback', sinkId: { type: 'none' } } as const;

/** Measures how loud a microphone is, on a copy of its track, so that it works while the track is muted. */
export class AudioLevelMeter {
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #copy: MediaStreamTrack | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #onLevel: (level: number) => void;

  constructor(onLevel: (level: number) => void) {
    this.#onLevel = onLevel;
  }

  /** If the browser refuses, there is no meter, but the microphone works. */
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
    const context = (this.#context ??= this.#resumeOnInput(new AudioContext(METER_OPTIONS)));
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

  /** A browser may suspend the context until the person clicks or presses a key. */
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

/** How loud a person hears these samples, 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / SILENCE_DB));
}

/** On the linear scale of `RTCRtpContributingSource.audioLevel`, where 1 is full scale. */
const SPEECH_LEVEL = 0.02;
/** The longest pause between two words. */
const SPEECH_PAUSE_MS = 600;

/** Tells whether a person speaks, without flicker between two words. */
export class SpeechDetector {
  #heardAt = -Infinity;

  update(level: number, now = performance.now()): boolean {
    if (level > SPEECH_LEVEL) this.#heardAt = now;
    return now - this.#heardAt < SPEECH_PAUSE_MS;
  }
}
