/**
 * The tracks of a link, in the order of the m-lines. All are in the first offer, so that muting, changing a device and
 * sharing a screen need no negotiation. Both sides have to agree on the order.
 */
export const TRACK_SOURCES = ['microphone', 'camera', 'screen', 'screen_audio'] as const;

export type TrackSource = (typeof TRACK_SOURCES)[number];

export const TRACK_KINDS = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  screen_audio: 'audio',
} as const satisfies Record<TrackSource, 'audio' | 'video'>;

export type OutgoingTracks = Partial<Record<TrackSource, MediaStreamTrack | null>>;
