/** Types and limits that the WebRTC layer, the call and the views share. */
import type { Emoji } from './rtc/safety/emoji';

/**
 * The state of the link to a peer. `failed`: several attempts did not connect it; they go on. `ended`: it was ended for
 * safety, and nothing goes on.
 */
export type LinkState = 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'ended';

/** The code that two people compare aloud. */
export interface Safety {
  readonly emoji: readonly Emoji[];
  /** The person said *They match* of these very certificates. */
  readonly confirmed: boolean;
  /** The person said so of other certificates, earlier in this call. */
  readonly changed: boolean;
}

/** One side's report of its network to the other. */
export interface NetworkReport {
  readonly udp: 'works' | 'blocked' | 'unknown';
  readonly nat: 'none' | 'stable' | 'symmetric' | 'unknown';
}

/** Why a link has no code to compare, ten seconds after it has connected. */
export type Unchecked =
  /** This browser does not report the certificate of the peer's end. */
  | 'no_certificate'
  /** The peer has not done its part. */
  | 'no_answer';

/** Why a link was ended for safety. It is not built again. */
export type SafetyAlarm =
  /** Not everything goes over one and the same transport. */
  | 'transports_differ'
  /** The certificate of the transport is not the one that was sealed. */
  | 'fingerprint_mismatch'
  /** A description of the peer could mean two things, or is none that a browser writes. */
  | 'description_refused'
  /** The peer did not keep to its commitment. */
  | 'commitment_broken'
  /** The person has compared the emoji, and they differ. */
  | 'emoji_differ'
  /** The peer has ended it, for one of these reasons. */
  | 'ended_there';

/** A problem on a link. The list is closed: the UI has words for each. */
export type LinkProblem =
  | 'signal_invalid'
  | 'description_unknown'
  /** The peer sends far more signals than a call needs. The surplus is dropped. */
  | 'signal_flood'
  /** The same on the data channel. */
  | 'message_flood'
  | 'message_invalid'
  /** A description could not be made or applied. */
  | 'description_failed'
  | 'candidate_failed'
  | 'track_failed'
  /** No RTCPeerConnection could be made. */
  | 'link_failed';

/** The reason why a camera or microphone cannot be used, as the person sees it. */
export type DeviceProblem =
  | 'denied'
  | 'missing'
  | 'in_use'
  | 'unsupported'
  | 'failed'
  /** It was asked for, and nothing has happened for some seconds. */
  | 'no_answer';

/** The state of an own device that a control shows. `missing`: it is on, and does not work. */
export type DeviceState = 'on' | 'off' | 'starting' | 'missing';

export interface DeviceOption {
  id: string;
  /** Empty until the person has allowed a device to be used. */
  label: string;
}

export type CaptureSource = 'microphone' | 'camera';

export type MediaDevice = CaptureSource | 'speaker';

/** The processing that a browser offers for the sound of a microphone. */
export const AUDIO_PROCESSING = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const;

export type AudioProcessing = (typeof AUDIO_PROCESSING)[number];

/** Whether a shared screen has to be sharp for reading, or fluent for watching. */
export type ShareKind = 'text' | 'motion';

/** Why no screen can be shared. */
export type ShareProblem =
  /** The window that the call runs in cannot do it at all. */
  | 'unsupported'
  /** The system does not allow it. */
  | 'refused'
  /** The person chose a screen, but its picture cannot be had. */
  | 'unreadable'
  | 'failed';

/** The reactions that a person can send. The names travel; each page draws them itself. */
export const REACTIONS = ['thumbs_up', 'heart', 'clap', 'laugh', 'wow', 'party'] as const;

export type Reaction = (typeof REACTIONS)[number];

/** In UTF-16 units, as a text field counts them. */
export const MAX_CHAT_LENGTH = 4_000;
