import type { DeviceOption } from '../../types';
import { within } from './capture';

export interface DeviceLists {
  cameras: DeviceOption[];
  microphones: DeviceOption[];
  speakers: DeviceOption[];
}

const LIST_TIMEOUT_MS = 3_000;

/** The lists are empty as long as the browser gives the devices no ids. Null if it does not answer. */
export async function listDevices(
  signal: AbortSignal,
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<DeviceLists | null> {
  const listed = devices?.enumerateDevices?.().catch(() => []);
  const all = listed ? await within(LIST_TIMEOUT_MS, listed, signal) : [];
  if (!all) return null;
  const choices = (kind: MediaDeviceKind) =>
    all
      // Chromium on Windows lists the system's device for calls twice.
      .filter(
        (device) => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'communications',
      )
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return {
    cameras: choices('videoinput'),
    microphones: choices('audioinput'),
    speakers: choices('audiooutput'),
  };
}
