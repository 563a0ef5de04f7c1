import type { ShareKind, ShareProblem } from '../../types';

/** What came of asking; `cancelled`: the person chose nothing, and there is nothing to say about it. */
export type DisplayCapture = { stream: MediaStream } | { problem: ShareProblem | 'cancelled' };

/** Nobody can look at a choice and close it as quickly: it was never shown. */
const MIN_PROMPT_MS = 150;

/** Bounds of a shared picture. Text is sharp at any size that a screen has, and needs few pictures a second. */
export function displayConstraints(kind: ShareKind): MediaTrackConstraints {
  return kind === 'text'
    ? { width: { max: 2560 }, height: { max: 1600 }, frameRate: { ideal: 15, max: 15 } }
    : { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: 30, max: 30 } };
}

/**
 * What the browser is asked for. The computer's sound would bring the others' voices back to them, so it is asked for
 * only where one's own page can be left out of it.
 */
export function displayOptions(kind: ShareKind, leavesOut: boolean): DisplayMediaStreamOptions {
  const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  return {
    // Where the choice begins. A browser that runs the call has no other tab to offer.
    video: { ...displayConstraints(kind), displaySurface: 'monitor' },
    audio: leavesOut ? { ...sound, restrictOwnAudio: true } : sound,
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
    monitorTypeSurfaces: 'include',
    systemAudio: leavesOut ? 'include' : 'exclude',
  } as DisplayMediaStreamOptions;
}

/** Asks the person for a screen or a window, and the system for its picture. */
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

/** What a refusal of `getDisplayMedia` after so many milliseconds means to a person. */
export function shareProblem(error: unknown, after: number): ShareProblem | 'cancelled' {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error();
  switch (name) {
    case 'NotAllowedError':
      // Chromium says who it was; elsewhere the time does.
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
