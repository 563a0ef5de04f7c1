import type { Source } from '../rtc/media';

/** What a person has chosen about camera and microphone. */
export interface Choices {
  /** On or off, kept while the window lives: who was muted is muted after a reload. */
  on: Record<Source, boolean>;
  /** Which device, kept for the next call. */
  device: Record<Source, string | null>;
}

const ON = 'parlour.on';
const DEVICE = 'parlour.device';

/** The choices as kept. What cannot be read is as if never chosen. */
export function loadChoices(): Choices {
  const on = load(() => sessionStorage.getItem(ON));
  const device = load(() => localStorage.getItem(DEVICE));
  const flag = (value: unknown) => value !== false;
  const id = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    on: { microphone: flag(on.microphone), camera: flag(on.camera) },
    device: { microphone: id(device.microphone), camera: id(device.camera) },
  };
}

export function saveChoices({ on, device }: Choices): void {
  try {
    sessionStorage.setItem(ON, JSON.stringify(on));
    localStorage.setItem(DEVICE, JSON.stringify(device));
  } catch {
    // Storage is full or forbidden: the choice holds for this page alone.
  }
}

/** Next call, everything is on again. */
export function forgetOn(): void {
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
