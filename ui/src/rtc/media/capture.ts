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

/**
 * Asks for microphone and camera together, so that the person sees one prompt. If that fails, asks for each alone, so
 * that one that is denied or missing does not cost the other.
 */
export async function capture(
  wanted: CaptureRequest,
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<Partial<Record<CaptureSource, CaptureResult>>> {
  const { microphone, camera } = wanted;
  if (microphone && camera) {
    const both = await getUserMedia({ audio: microphone, video: camera }, devices);
    if (!('problem' in both))
      return { microphone: firstTrack(both.getAudioTracks()), camera: firstTrack(both.getVideoTracks()) };
  }
  const got: Partial<Record<CaptureSource, CaptureResult>> = {};
  if (microphone) {
    const stream = await getUserMedia({ audio: microphone }, devices);
    got.microphone = 'problem' in stream ? stream : firstTrack(stream.getAudioTracks());
  }
  if (camera) {
    const stream = await getUserMedia({ video: camera }, devices);
    got.camera = 'problem' in stream ? stream : firstTrack(stream.getVideoTracks());
  }
  return got;
}

async function getUserMedia(
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

function firstTrack([track]: MediaStreamTrack[]): CaptureResult {
  return track ? { track } : { problem: 'failed' };
}

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
