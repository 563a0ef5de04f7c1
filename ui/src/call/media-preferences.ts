import { AUDIO_PROCESSING, type AudioProcessing, type CaptureSource, type MediaDevice } from '../types';

/** The person's choices. */
export interface MediaPreferences {
  /** Kept as long as the window lives: a muted microphone stays muted after a reload. */
  on: Record<CaptureSource, boolean>;
  /** The preferred devices, also while others are in use. Kept for the next call. */
  device: Record<MediaDevice, string | null>;
  /** Kept for the next call, too. */
  processing: Record<AudioProcessing, boolean>;
}

const ON = 'parlour.on';
const DEVICE = 'parlour.device';
const PROCESSING = 'parlour.processing';

/** A value that cannot be read gets its default. */
export function loadMediaPreferences(): MediaPreferences {
  const on = load(() => sessionStorage.getItem(ON));
  const device = load(() => localStorage.getItem(DEVICE));
  const sound = load(() => localStorage.getItem(PROCESSING));
  const flag = (value: unknown) => value !== false;
  const id = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    on: { microphone: flag(on.microphone), camera: flag(on.camera) },
    device: { microphone: id(device.microphone), camera: id(device.camera), speaker: id(device.speaker) },
    processing: Object.fromEntries(AUDIO_PROCESSING.map((one) => [one, flag(sound[one])])) as Record<
      AudioProcessing,
      boolean
    >,
  };
}

export function saveMediaPreferences({ on, device, processing }: MediaPreferences): void {
  try {
    sessionStorage.setItem(ON, JSON.stringify(on));
    localStorage.setItem(DEVICE, JSON.stringify(device));
    localStorage.setItem(PROCESSING, JSON.stringify(processing));
  } catch {
    // Storage is full or forbidden: the preferences hold for this page alone.
  }
}

/** In the next call both are on again. */
export function resetOnOff(): void {
  try {
    sessionStorage.removeItem(ON);
  } catch {
    // As above.
  }
}

function load(read: () => string | null): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(read() ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
