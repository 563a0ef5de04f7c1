import { WHOLE_PICTURE, type VideoEncoding } from '../peer-link/video-sender';
import type { PictureSize, PictureWish, VideoWish } from './wish';

/** A track as it is captured. */
export interface CapturedPicture extends PictureSize {
  frameRate: number;
}

export interface CapturedScreen extends CapturedPicture {
  /** Keeps the frame rate at the cost of sharpness; without it, text stays sharp. */
  isMotion: boolean;
}

export interface UplinkInput {
  /** The wish of each peer; null if it has said none, as an older version does. It gets the whole picture. */
  wishes: readonly (VideoWish | null)[];
  /** Null while it is off. */
  camera: CapturedPicture | null;
  screen: CapturedScreen | null;
  /** In bits a second, for everything on all links. */
  uplink: number;
}

/** How a link's pictures are sent. */
export interface LinkEncodings {
  camera: VideoEncoding;
  screen: VideoEncoding;
}

/** In bits a second, with its headers. It is left to the voice on each link before any picture gets something. */
export const VOICE_BITRATE = 50_000;
/** In bits a second. A picture that is sent has at least so much. */
export const MIN_VIDEO_BITRATE = 60_000;
/** In bits a second, for everything, while no measurement says less. */
export const MAX_UPLINK = 10_000_000;
/** In bits a second. */
const MAX_SCREEN_BITRATE = 2_500_000;
/** In bits a second. People who read a shared screen look at faces only in passing. */
const MAX_CAMERA_BITRATE_BESIDE_SCREEN = 350_000;

/** A camera's 1280 by 720 pixels at 30 frames a second need about this many bits a second. */
const HD = { pixels: 1280 * 720, frameRate: 30, bitrate: 2_500_000 };
/** Twice the pixels, or frames, need less than twice the bits. */
const PIXEL_EXPONENT = 0.8;
const FRAME_EXPONENT = 0.5;

/** Encoders like simple fractions. */
const SCALES = [1, 1.5, 2, 3, 4, 6, 8];

/** A picture with fewer lines is a thumbnail, and has fewer frames a second once there are several. */
const THUMBNAIL_HEIGHT = 300;
const THUMBNAIL_FRAME_RATE = 15;
/** To so many peers everything is sent with all its frames. */
const MAX_SMOOTH_LINKS = 2;
/** To more peers a shared screen has half its frames. */
const MAX_SMOOTH_SCREENS = 3;

/**
 * Each link has an encoder of its own. All of a camera's pictures together have at most so many pixels a second: half
 * as much again as one whole HD picture.
 */
const MAX_PIXEL_RATE = 1.5 * HD.pixels * HD.frameRate;
/** The bounds to which all pictures are reduced, the next one when one is not enough. */
const PIXEL_BOUNDS = [
  { pixels: Infinity, frameRate: 30 },
  { pixels: 1280 * 720, frameRate: 20 },
  { pixels: 960 * 540, frameRate: 20 },
  { pixels: 640 * 360, frameRate: 20 },
  { pixels: 640 * 360, frameRate: 15 },
  { pixels: 480 * 270, frameRate: 15 },
  { pixels: 320 * 180, frameRate: 15 },
  { pixels: 320 * 180, frameRate: 10 },
];

/** A picture with so much less than it needs is sent smaller. */
const SHORT = 0.5;
/** The part that cameras keep beside a shared screen, if they need it. */
const CAMERAS_BESIDE_SCREEN = 0.2;

/** Of a source that is off. Its track starts without waiting for a change. */
const IDLE = WHOLE_PICTURE;

/** One picture for one peer. */
interface Picture {
  scale: number;
  frameRate: number;
  /** The bitrate that it needs, in bits a second. */
  bitrate: number;
}

/**
 * Divides the uplink among all pictures on all links: voice first, then the least for each picture, then the shared
 * screen, then cameras. In each step a larger picture never gets less than a smaller one.
 */
export function shareUplink({ wishes, camera, screen, uplink }: UplinkInput): LinkEncodings[] {
  const screens = wishes.map((wish) => screenPicture(screen, wish ? wish.screen : WHOLE, wishes.length));
  const cameras = cameraPictures(camera, wishes, screen !== null);
  const forVideo = Math.max(0, uplink - VOICE_BITRATE * wishes.length);
  const needed = cameras.reduce((sum, one) => sum + (one?.bitrate ?? 0), 0);
  const count = cameras.filter((one) => one !== null).length;
  const least = MIN_VIDEO_BITRATE * count;
  const forCameras = Math.min(forVideo, Math.max(least, Math.min(needed, CAMERAS_BESIDE_SCREEN * forVideo)));
  const screenRates = divide(screens, forVideo - forCameras);
  const cameraRates = divide(cameras, forVideo - screenRates.reduce((sum, rate) => sum + rate, 0));
  const preference = screen?.isMotion ? 'maintain-framerate' : 'maintain-resolution';
  return wishes.map((_, index) => ({
    camera: camera ? cameraEncoding(camera, cameras[index], cameraRates[index], isFew(count)) : IDLE,
    screen: screen ? encodingOf(screens[index], screenRates[index], preference) : IDLE,
  }));
}

/** Stands for a peer that has said no wish. */
export const WHOLE: PictureSize = { width: Infinity, height: Infinity };

const isFew = (pictures: number): boolean => pictures <= MAX_SMOOTH_LINKS;

function cameraPictures(
  camera: CapturedPicture | null,
  wishes: readonly (VideoWish | null)[],
  isBesideScreen: boolean,
): (Picture | null)[] {
  const shown = wishes.map((wish) => (wish ? wish.camera : WHOLE));
  const few = isFew(shown.filter((wish) => wish !== null).length);
  const pictures = (bound: (typeof PIXEL_BOUNDS)[number]) =>
    shown.map((wish) => camera && wish && cameraPicture(camera, wish, { ...bound, few, isBesideScreen }));
  const cost = (all: readonly (Picture | null)[]) =>
    all.reduce((sum, one) => sum + (one && camera ? pixelRate(camera, one) : 0), 0);
  const all = PIXEL_BOUNDS.map(pictures);
  return all.find((some) => cost(some) <= MAX_PIXEL_RATE) ?? all.at(-1) ?? [];
}

const pixelRate = ({ width, height }: PictureSize, { scale, frameRate }: Picture): number =>
  ((width * height) / scale ** 2) * frameRate;

function cameraPicture(
  camera: CapturedPicture,
  wish: PictureSize,
  bound: { pixels: number; frameRate: number; few: boolean; isBesideScreen: boolean },
): Picture {
  // The tile is covered: the side that is cut off is larger than it is shown.
  const fits = Math.min(camera.width / wish.width, camera.height / wish.height);
  const pixels = camera.width * camera.height;
  const least = Math.sqrt(pixels / bound.pixels);
  const scale = SCALES.find((one) => one >= least && one >= largestUpTo(fits)) ?? 8;
  const frameRate = Math.min(camera.frameRate, bound.frameRate, maxFrameRate(camera, scale, bound.few));
  const most = bound.isBesideScreen ? MAX_CAMERA_BITRATE_BESIDE_SCREEN : Infinity;
  const bitrate = Math.min(most, cameraBitrate(pixels / scale ** 2, frameRate));
  return { scale, frameRate, bitrate };
}

const maxFrameRate = (camera: PictureSize, scale: number, few: boolean): number =>
  !few && camera.height / scale < THUMBNAIL_HEIGHT ? THUMBNAIL_FRAME_RATE : Infinity;

/** The bits a second that a camera's picture needs. */
function cameraBitrate(pixels: number, frameRate: number): number {
  const factor =
    (pixels / HD.pixels) ** PIXEL_EXPONENT * Math.min(1, frameRate / HD.frameRate) ** FRAME_EXPONENT;
  return Math.max(MIN_VIDEO_BITRATE, Math.round(HD.bitrate * factor));
}

/** A shared screen is sent whole to everybody who sees it, because people read what is on it. */
function screenPicture(screen: CapturedScreen | null, wish: PictureWish, links: number): Picture | null {
  if (!screen || !wish) return null;
  const frameRate = links <= MAX_SMOOTH_SCREENS ? screen.frameRate : Math.max(1, screen.frameRate / 2);
  return { scale: 1, frameRate, bitrate: MAX_SCREEN_BITRATE };
}

const largestUpTo = (limit: number): number => SCALES.findLast((scale) => scale <= limit) ?? 1;

/**
 * Divides `total` so that everybody has as much, but nobody more than is needed. If it is not enough for all, those who
 * need most come first.
 */
function divide(pictures: readonly (Picture | null)[], total: number): number[] {
  const rates = pictures.map(() => 0);
  const order = pictures
    .flatMap((picture, index) => (picture ? [{ index, ...picture }] : []))
    .sort((one, other) => other.bitrate - one.bitrate || one.scale - other.scale)
    .slice(0, Math.max(0, Math.floor(total / MIN_VIDEO_BITRATE)))
    .reverse();
  let left = total;
  for (const [turn, { index, bitrate }] of order.entries()) {
    const equal = Math.floor(left / (order.length - turn));
    if (bitrate > equal) {
      // The rest need as much or more, and get the same.
      for (const one of order.slice(turn)) rates[one.index] = equal;
      break;
    }
    rates[index] = bitrate;
    left -= bitrate;
  }
  return rates;
}

/** With too few bits a smaller picture looks better, and costs less. */
function cameraEncoding(
  camera: CapturedPicture,
  picture: Picture | null = null,
  rate = 0,
  few: boolean,
): VideoEncoding {
  if (!picture) return encodingOf(null, rate, null);
  const pixels = camera.width * camera.height;
  const frameRateAt = (scale: number) => Math.min(picture.frameRate, maxFrameRate(camera, scale, few));
  const isEnough = (scale: number) =>
    SHORT * Math.min(picture.bitrate, cameraBitrate(pixels / scale ** 2, frameRateAt(scale))) <= rate;
  const scale = SCALES.find((one) => one >= picture.scale && isEnough(one)) ?? 8;
  return encodingOf({ ...picture, scale, frameRate: frameRateAt(scale) }, rate, null);
}

function encodingOf(
  picture: Picture | null = null,
  rate = 0,
  degradationPreference: RTCDegradationPreference | null,
): VideoEncoding {
  if (!picture || rate < MIN_VIDEO_BITRATE) return { ...WHOLE_PICTURE, active: false, degradationPreference };
  return {
    active: true,
    scaleResolutionDownBy: picture.scale,
    maxBitrate: rate,
    maxFramerate: picture.frameRate,
    degradationPreference,
  };
}
