import type { AudioProcessing, CaptureSource, DeviceProblem } from '../../types';

export type CaptureResult = { track: MediaStreamTrack } | { problem: DeviceProblem };

type CaptureRequest = Partial<Record<CaptureSource, MediaTrackConstraints>>;

/** With more people in the call the tiles are small, and smaller pictures cost less. */
const MAX_LARGE_PICTURES = 3;

const ALL_PROCESSING = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export function microphoneConstraints(
  id: string | null,
  processing: Readonly<Record<AudioProcessing, boolean>> = ALL_PROCESSING,
): MediaTrackConstraints {
  return id === null ? { ...processing } : { ...processing, deviceId: { exact: id } };
}

/** `people`: how many are in the call, including us. */
export function cameraConstraints(id: string | null, people: number): MediaTrackConstraints {
  const size =
    people <= MAX_LARGE_PICTURES
      ? { width: { ideal: 1280 }, height: { ideal: 720 } }
      : { width: { ideal: 640 }, height: { ideal: 360 } };
  const picture = { ...size, frameRate: { ideal: 30, max: 30 } };
  return id === null ? picture : { ...picture, deviceId: { exact: id } };
}

/** A device that has not answered for so long does not start. Slow cameras take four seconds. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Microphone and camera that do not come together are asked for alone after this time. */
const TOGETHER_TIMEOUT_MS = 3_000;
/** How often an open request is looked after. */
const STEP_MS = 1_000;

export interface CaptureEvents {
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
  /** Once for each source. Awaited. */
  onResult(source: CaptureSource, result: CaptureResult): Promise<void> | void;
  /** A track of a request that was given up. The receiver uses or stops it. */
  onLate(source: CaptureSource, track: MediaStreamTrack): void;
  /** The sources that the browser asks the person about now. */
  onPrompt(sources: readonly CaptureSource[]): void;
}

/**
 * Asks for microphone and camera together, so that the person sees one prompt. If that fails, or one of them never
 * answers, asks for each alone, so that one does not cost the other. An open prompt has all the time in the world.
 */
export async function capture(
  wanted: CaptureRequest,
  events: CaptureEvents,
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<void> {
  const sources = (['microphone', 'camera'] as const).filter((source) => wanted[source]);
  if (!devices?.getUserMedia) {
    for (const source of sources) void events.onResult(source, { problem: 'unsupported' });
    return;
  }
  if (sources.length === 2) {
    const request = getUserMedia(wanted, devices);
    const both = await waitFor(request, sources, TOGETHER_TIMEOUT_MS, events);
    if (both && !('problem' in both)) {
      await Promise.all(sources.map((source) => events.onResult(source, trackOf(source, both))));
      return;
    }
    if (!both) passOnLate(request, sources, events);
  }
  await Promise.all(
    sources.map(async (source) => {
      const request = getUserMedia({ [source]: wanted[source] }, devices);
      const answer = await waitFor(request, [source], ANSWER_TIMEOUT_MS, events);
      if (!answer) passOnLate(request, [source], events);
      await events.onResult(source, answer ? trackOf(source, answer) : { problem: 'no_answer' });
    }),
  );
}

type Answer = MediaStream | { problem: DeviceProblem };

/** Null if there is no answer in time. The time in which the person is asked does not count. */
async function waitFor(
  request: Promise<Answer>,
  sources: readonly CaptureSource[],
  limitMs: number,
  { onPrompt, signal }: CaptureEvents,
): Promise<Answer | null> {
  let hasPrompt = false;
  const showPrompt = (about: readonly CaptureSource[]): void => {
    if (hasPrompt || about.length > 0) onPrompt(about);
    hasPrompt = about.length > 0;
  };
  for (let waited = 0; waited < limitMs && !signal.aborted;) {
    const answer = await within(STEP_MS, request, signal);
    if (answer) {
      showPrompt([]);
      return answer;
    }
    const undecided = await within(STEP_MS, undecidedOf(sources), signal);
    showPrompt(undecided ?? []);
    if (!undecided?.length) waited += STEP_MS;
  }
  showPrompt([]);
  return null;
}

/** The sources whose use the person has neither allowed nor denied. Empty where the browser does not tell. */
async function undecidedOf(sources: readonly CaptureSource[]): Promise<CaptureSource[]> {
  const states = await Promise.all(
    sources.map(async (source) => {
      try {
        return (await globalThis.navigator?.permissions?.query({ name: source }))?.state;
      } catch {
        return undefined;
      }
    }),
  );
  return sources.filter((_, index) => states[index] === 'prompt');
}

/** Null if the promise takes longer, or nobody waits any more. */
export function within<T>(ms: number, promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    const giveUp = (): void => {
      end();
      resolve(null);
    };
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener('abort', giveUp);
    promise.finally(end).then(resolve, reject);
  });
}

function passOnLate(
  request: Promise<Answer>,
  sources: readonly CaptureSource[],
  { onLate }: CaptureEvents,
): void {
  void request.then((answer) => {
    for (const source of sources) {
      const late = trackOf(source, answer);
      if ('track' in late) onLate(source, late.track);
    }
  });
}

async function getUserMedia({ microphone, camera }: CaptureRequest, devices: MediaDevices): Promise<Answer> {
  try {
    return await devices.getUserMedia({
      ...(microphone && { audio: microphone }),
      ...(camera && { video: camera }),
    });
  } catch (error) {
    return { problem: deviceProblem(error) };
  }
}

function trackOf(source: CaptureSource, answer: Answer): CaptureResult {
  if ('problem' in answer) return answer;
  const [track] = source === 'microphone' ? answer.getAudioTracks() : answer.getVideoTracks();
  return track ? { track } : { problem: 'failed' };
}

export function deviceProblem(error: unknown): DeviceProblem {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error();
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
      // Only some browsers know it. A virtual camera whose program does not run fails by the same name.
      return /in use|concurrent/i.test(message) ? 'in_use' : 'failed';
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'failed';
  }
}
