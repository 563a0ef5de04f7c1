import type { DeviceOption } from '../../types';

export interface DeviceLists {
  cameras: DeviceOption[];
  microphones: DeviceOption[];
  speakers: DeviceOption[];
}

/** The devices that can be chosen; none while the browser does not name them. */
export async function listDevices(
  devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
): Promise<DeviceLists> {
  const all = (await devices?.enumerateDevices?.().catch(() => [])) ?? [];
  const choices = (kind: MediaDeviceKind) =>
    all
      // On Windows Chromium lists the system's device for calls once more.
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
