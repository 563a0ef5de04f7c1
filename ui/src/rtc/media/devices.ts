import type { DeviceOption } from '../../types';

export interface DeviceLists {
  cameras: DeviceOption[];
  microphones: DeviceOption[];
  speakers: DeviceOption[];
}

/** The lists are empty as long as the browser gives the devices no ids. */
export async function listDevices(
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<DeviceLists> {
  const all = (await devices?.enumerateDevices?.().catch(() => [])) ?? [];
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
