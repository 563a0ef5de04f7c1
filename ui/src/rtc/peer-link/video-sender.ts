import { sendKeyFrame } from './key-frame';

/** How a picture is sent over one link. */
export interface VideoEncoding {
  /** While false nothing is encoded or sent. The track and the transceiver stay. */
  active: boolean;
  /** At least 1. */
  scaleResolutionDownBy: number;
  /** In bits a second; null for the browser's own limit. */
  maxBitrate: number | null;
  /** In frames a second; null for as many as the track has. */
  maxFramerate: number | null;
  /** Null leaves the choice to the browser. */
  degradationPreference: RTCDegradationPreference | null;
}

export const WHOLE_PICTURE: VideoEncoding = {
  active: true,
  scaleResolutionDownBy: 1,
  maxBitrate: null,
  maxFramerate: null,
  degradationPreference: null,
};

/** A negotiation at the same moment makes the browser refuse parameters that were read before. */
const MAX_TRIES = 3;

/**
 * The only writer of a sender's parameters. Changes are made one after the other, because `setParameters` takes only
 * what the last `getParameters` gave. A browser that refuses a change goes on as it was; the next call of `set` tries
 * again.
 */
export class VideoSender {
  #sender: RTCRtpSender;
  #wanted: VideoEncoding = WHOLE_PICTURE;
  #leastScale = 1;
  /** What the sender has; null while that is the browser's own choice. */
  #applied: VideoEncoding | null = null;
  #steps: Promise<void> = Promise.resolve();

  constructor(sender: RTCRtpSender) {
    this.#sender = sender;
  }

  set(encoding: VideoEncoding): void {
    this.#wanted = encoding;
    this.#enqueue(() => this.#apply());
  }

  /** Sends no picture larger than the whole one divided by `scale`. */
  limitScale(scale: number): void {
    this.#leastScale = scale;
    this.#enqueue(() => this.#apply());
  }

  /** Sends the next picture as a key frame. */
  sendKeyFrame(): void {
    this.#enqueue(() => sendKeyFrame(this.#sender));
  }

  async #apply(): Promise<void> {
    const scale = Math.max(this.#leastScale, this.#wanted.scaleResolutionDownBy);
    const encoding = { ...this.#wanted, scaleResolutionDownBy: scale };
    if (isSame(encoding, this.#applied ?? WHOLE_PICTURE)) return;
    for (let tries = 1; ; tries += 1) {
      const parameters = this.#sender.getParameters();
      if (parameters.encodings.length === 0) return;
      try {
        await this.#sender.setParameters(withEncoding(parameters, encoding));
        break;
      } catch (error) {
        if (tries === MAX_TRIES) throw error;
      }
    }
    this.#applied = encoding;
  }

  #enqueue(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(step).catch(() => undefined);
  }
}

function withEncoding(now: RTCRtpSendParameters, encoding: VideoEncoding): RTCRtpSendParameters {
  const { active, scaleResolutionDownBy, maxBitrate, maxFramerate, degradationPreference } = encoding;
  const encodings = now.encodings.map((before) => {
    const after = { ...before, active, scaleResolutionDownBy };
    if (maxBitrate === null) delete after.maxBitrate;
    else after.maxBitrate = maxBitrate;
    if (maxFramerate === null) delete after.maxFramerate;
    else after.maxFramerate = maxFramerate;
    return after;
  });
  const parameters = { ...now, encodings };
  if (degradationPreference === null) delete parameters.degradationPreference;
  else parameters.degradationPreference = degradationPreference;
  return parameters;
}

const isSame = (one: VideoEncoding, other: VideoEncoding): boolean =>
  one.active === other.active &&
  one.scaleResolutionDownBy === other.scaleResolutionDownBy &&
  one.maxBitrate === other.maxBitrate &&
  one.maxFramerate === other.maxFramerate &&
  one.degradationPreference === other.degradationPreference;
