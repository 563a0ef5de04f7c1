import type { DeviceProblem } from '../problem';

/** The two kinds of local media. */
export type Source = 'microphone' | 'camera';

/** What came of asking for one. */
export type Captured = { track: MediaStreamTrack } | { problem: DeviceProblem };

type Wanted = Partial<Record<Source, MediaTrackConstraints>>;

/** Above so many people the pictures are small: smaller ones cost less. */
const FEW = 3;

/** What a browser can do to a microphone's sound. */
export const PROCESSING = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const;
export type Processing = (typeof PROCESSING)[number];
const ALL = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export function microphoneConstraints(
  id: string | null,
  processing: Readonly<Record<Processing, boolean>> = ALL,
): MediaTrackConstraints {
  return id === null ? { ...processing } : { ...processing, deviceId: { exact: id } };
}

/** For a call of so many people, oneself included. */
export function cameraConstraints(id: string | null, people: number): MediaTrackConstraints {
  const size =
    people <= FEW
      ? { width: { ideal: 1280 }, height: { ideal: 720 } }
      : { width: { ideal: 640 }, height: { ideal: 360 } };
  const picture = { ...size, frameRate: { ideal: 30, max: 30 } };
  return id === null ? picture : { ...picture, deviceId: { exact: id } };
}

/**
 * Asks for microphone and camera: together, so that a person is asked once; if that fails, each alone, so that one
 * that is denied or missing does not cost the other.
 */
export async function capture(
  wanted: Wanted,
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<Partial<Record<Source, Captured>>> {
  const { microphone, camera } = wanted;
  if (microphone && camera) {
    const both = await ask({ audio: microphone, video: camera }, devices);
    if (!('problem' in both))
      return { microphone: pick(both.getAudioTracks()), camera: pick(both.getVideoTracks()) };
  }
  const got: Partial<Record<Source, Captured>> = {};
  if (microphone) {
    const stream = await ask({ audio: microphone }, devices);
    got.microphone = 'problem' in stream ? stream : pick(stream.getAudioTracks());
  }
  if (camera) {
    const stream = await ask({ video: camera }, devices);
    got.camera = 'problem' in stream ? stream : pick(stream.getVideoTracks());
  }
  return got;
}

async function ask(
  constraints: MediaStreamConstraints,
  devices: MediaDevices | undefined,
): Promise<MediaStream | { problem: DeviceProblem }> {
  if (!devices?.getUserMedia) return { problem: 'unsupported' };
  try {
    return await devices.getUserMedia(constraints);
  } catch (error) {
    return { problem: deviceProblem(error) };
  }
}

function pick([track]: MediaStreamTrack[]): Captured {
  return track ? { track } : { problem: 'failed' };
}

/** What a refusal of `getUserMedia` means to a person. */
export function deviceProblem(error: unknown): DeviceProblem {
  switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
      return 'in_use';
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'failed';
  }
}
