/** In device pixels. */
export interface PictureSize {
  width: number;
  height: number;
}

/** The size at which a peer's picture is shown; null while nobody sees it. */
export type PictureWish = PictureSize | null;

/** A receiver's wishes for the pictures of a sender. */
export interface VideoWish {
  camera: PictureWish;
  screen: PictureWish;
}

/** The longest side that can be wished for. */
export const MAX_PICTURE_SIDE = 16_384;

/** Few sizes, so that a tile that glides or is dragged does not change the encoder all the time. */
const STEPS = [
  ...[90, 120, 150, 180, 225, 270, 320, 360, 400, 480, 540, 640, 720, 800, 960],
  ...[1080, 1280, 1440, 1600, 1920, 2560, 3840, 5120, MAX_PICTURE_SIDE],
];
/** A side may be shown so much larger than it is sent before the next step is taken. */
const MAX_ENLARGEMENT = 1.1;

/** A picture that is shown smaller, or not at all, is wished for as it was for so long: the view may change back. */
export const SHRINK_AFTER_MS = 2_000;

/** The shown size in steps. */
export function quantise({ width, height }: PictureSize): PictureSize {
  return { width: step(width), height: step(height) };
}

function step(pixels: number): number {
  return STEPS.find((size) => size * MAX_ENLARGEMENT >= pixels) ?? MAX_PICTURE_SIDE;
}

export const isSameWish = (one: PictureWish, other: PictureWish): boolean =>
  one?.width === other?.width && one?.height === other?.height;

/** Decides when a wish changes: it grows at once and shrinks late. */
export class WishTracker {
  /** Undefined while nothing is known: the peer sends the whole picture. */
  wish: PictureWish | undefined;
  #smallerSince: number | null = null;

  /** `shown` is the size in steps, `now` the time in milliseconds. Returns the wish. */
  update(shown: PictureWish, now: number): PictureWish | undefined {
    const { wish } = this;
    const isLarger = shown && (!wish || shown.width > wish.width || shown.height > wish.height);
    const isSame = wish !== undefined && isSameWish(shown, wish);
    if (isLarger || isSame) this.#smallerSince = null;
    else this.#smallerSince ??= now;
    if (isLarger || (this.#smallerSince !== null && now - this.#smallerSince >= SHRINK_AFTER_MS)) {
      this.#smallerSince = null;
      this.wish = shown;
    }
    return this.wish;
  }
}
