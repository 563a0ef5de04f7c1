/**
 * The places for media on a link, in the order of their m-lines. All are in the first offer, so that muting, changing
 * a device and sharing a screen need no new one.
 */
export const TRACK_SOURCES = ['microphone', 'camera', 'screen', 'screen_audio'] as const;

export type TrackSource = (typeof TRACK_SOURCES)[number];

export const TRACK_KINDS = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  screen_audio: 'audio',
} as const satisfies Record<TrackSource, 'audio' | 'video'>;

/** What is sent in which place. */
export type OutgoingTracks = Partial<Record<TrackSource, MediaStreamTrack | null>>;
