/**
 * The places for media on a link, in the order of their m-lines. All are in the first offer, so that muting, changing
 * a device and sharing a screen need no new one.
 */
export const SLOTS = ['microphone', 'camera', 'screen', 'screen_sound'] as const;

export type Slot = (typeof SLOTS)[number];

export const KIND = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  screen_sound: 'audio',
} as const satisfies Record<Slot, 'audio' | 'video'>;

/** What is sent in which place. */
export type Tracks = Partial<Record<Slot, MediaStreamTrack | null>>;
