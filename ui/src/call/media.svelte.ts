import type { DeviceProblem } from '../rtc/problem';

/** A camera or microphone to choose. */
export interface DeviceChoice {
  id: string;
  label: string;
}

/** One's own camera and microphone. */
export class LocalMedia {
  /** The picture of one's own camera, without sound; null while the camera is off. */
  stream = $state.raw<MediaStream | null>(null);
  micOn = $state(true);
  cameraOn = $state(true);
  /** How loud it is at the microphone, 0 to 1; also while muted. */
  micLevel = $state(0);
  micProblem = $state<DeviceProblem | null>(null);
  cameraProblem = $state<DeviceProblem | null>(null);
  cameras = $state.raw<DeviceChoice[]>([]);
  microphones = $state.raw<DeviceChoice[]>([]);
  /** The device in use, or the one chosen. */
  cameraId = $state<string | null>(null);
  micId = $state<string | null>(null);
  /** A device is being opened. */
  starting = $state(false);

  toggleMic(): void {
    this.micOn = !this.micOn;
  }
  toggleCamera(): void {
    this.cameraOn = !this.cameraOn;
  }
  chooseCamera(id: string): void {
    this.cameraId = id;
  }
  chooseMic(id: string): void {
    this.micId = id;
  }
  /** Asks again for what is on and could not be had. */
  retry(): void {
    // filled in with rtc/media
  }
}
