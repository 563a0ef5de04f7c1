import type { ShareKind, ShareProblem } from '../../types';

/** `cancelled`: the person chose nothing, which needs no message. */
export type DisplayCapture = { stream: MediaStream } | { problem: ShareProblem | 'cancelled' };

/** No person closes the prompt as quickly: it was never shown. */
const MIN_PROMPT_MS = 150;

/** Text needs the full resolution and few frames a second. */
export function displayConstraints(kind: ShareKind): MediaTrackConstraints {
  return kind === 'text'
    ? { width: { max: 2560 }, height: { max: 1600 }, frameRate: { ideal: 15, max: 15 } }
    : { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: 30, max: 30 } };
}

/**
 * The options of the prompt. The system's audio would play the others' voices back to them, so it is requested only
 * where the browser can leave out the audio of this page (`restrictsOwnAudio`).
 */
export function displayOptions(kind: ShareKind, restrictsOwnAudio: boolean): DisplayMediaStreamOptions {
  const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  return {
    // The prompt starts with screens: a browser that runs the call has no other tab to offer.
    video: { ...displayConstraints(kind), displaySurface: 'monitor' },
    audio: restrictsOwnAudio ? { ...sound, restrictOwnAudio: true } : sound,
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
    monitorTypeSurfaces: 'include',
    systemAudio: restrictsOwnAudio ? 'include' : 'exclude',
  } as DisplayMediaStreamOptions;
}

export async function captureDisplay(
  kind: ShareKind,
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<DisplayCapture> {
  if (typeof devices?.getDisplayMedia !== 'function') return { problem: 'unsupported' };
  const supported = devices.getSupportedConstraints?.() ?? {};
  const asked = performance.now();
  try {
    return { stream: await devices.getDisplayMedia(displayOptions(kind, 'restrictOwnAudio' in supported)) };
  } catch (error) {
    return { problem: shareProblem(error, performance.now() - asked) };
  }
}

/** `after`: the milliseconds from the call of `getDisplayMedia` to its error. */
export function shareProblem(error: unknown, after: number): ShareProblem | 'cancelled' {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error();
  switch (name) {
    case 'NotAllowedError':
      // Chromium says that the system refused. In other browsers a quick refusal tells it.
      if (/by system/i.test(message)) return 'refused';
      return after < MIN_PROMPT_MS ? 'refused' : 'cancelled';
    case 'AbortError':
      return 'cancelled';
    case 'NotSupportedError':
    case 'TypeError':
      return 'unsupported';
    case 'NotReadableError':
    case 'NotFoundError':
      return 'unreadable';
    default:
      return 'failed';
  }
}
