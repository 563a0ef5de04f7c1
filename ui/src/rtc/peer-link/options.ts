import type { LinkProblem, SafetyAlarm, Unchecked } from '../../types';
import type { DataChannel } from '../data-channel/data-channel';
import type { SafetyCode } from '../safety/check';
import type { LinkEncodings } from '../quality/share-uplink';
import type { Signal } from '../signal';
import type { OutgoingTracks } from './transceivers';

/** The offerer makes all offers of a link, for its whole life, so offers never collide. The newcomer is the offerer. */
export type Role = 'offerer' | 'answerer';

/** `disconnected` may heal by itself, `failed` does not. */
export type LinkHealth = 'connecting' | 'connected' | 'disconnected' | 'failed';

export interface PeerLinkOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  /** See `SafetyCheckOptions`. */
  safetyBinding: string;
  /** Counts the connections to this peer. */
  number: number;
  role: Role;
  configuration: RTCConfiguration;
  /** The bitrate with which the pictures begin, in kbit a second, where the browser lets a page say so. */
  startBitrate?: number | undefined;
  /** The tracks to send from the start. */
  tracks: OutgoingTracks;
  /** How their pictures are sent; null for the whole pictures. */
  encodings: LinkEncodings | null;
  /** Receive the peer's tracks. They outlive the link. */
  streams: RemoteStreams;
  /** Outlives the link, too. */
  dataChannel: DataChannel;
  /** For tests. */
  RTCPeerConnection?: typeof RTCPeerConnection;
}

/** The peer's microphone and camera, and the screen that it shares with its audio. */
export interface RemoteStreams {
  person: MediaStream;
  screen: MediaStream;
}

export interface PeerLinkEvents {
  sendSignal(signal: Signal): void;
  /** The health may have changed. */
  onHealthChange(): void;
  /** One of the peer's streams has its tracks. */
  onStream(which: keyof RemoteStreams): void;
  onProblem(code: LinkProblem): void;
  onSafetyCode(code: SafetyCode): void;
  onUnchecked(why: Unchecked): void;
  /** The link is not safe and has to be ended. */
  onAlarm(alarm: SafetyAlarm): void;
}
