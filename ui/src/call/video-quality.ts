import type { RemotePeer } from '../rtc/peer';
import {
  MAX_UPLINK,
  shareUplink,
  WHOLE,
  type CapturedPicture,
  type UplinkInput,
} from '../rtc/quality/share-uplink';
import { isSameWish, WishTracker, type VideoWish } from '../rtc/quality/wish';
import { ShownPictures } from './shown-pictures';

type Peer = Pick<RemotePeer, 'setEncodings' | 'sendVideoWish'>;

interface Entry {
  peer: Peer;
  /** The peer's wish of us. */
  wish: VideoWish | null;
  /** Our wishes of the peer. */
  camera: WishTracker;
  screen: WishTracker;
  sent: VideoWish | null;
}

/** The pause between two changes of an encoder, and between two wishes. */
const MIN_PAUSE_MS = 150;
/** Tracks change their size without saying so, and a new screen gets old. */
const SHARE_EVERY_MS = 2_000;
/** For so long a new screen is sent whole: the others wish for its size only when they know of it. */
const NEW_SCREEN_MS = 3_000;

/** Stands for a track that does not tell its size yet. */
const UNKNOWN_PICTURE: CapturedPicture = { width: 1280, height: 720, frameRate: 30 };

/**
 * The size at which pictures are sent: tells each peer how large its pictures are shown here, and sends ours as large
 * as the others show them, within one budget for all links.
 */
export class VideoQuality {
  readonly shown = new ShownPictures(() => this.#soon());
  #entries = new Map<string, Entry>();
  #camera: MediaStreamTrack | null = null;
  #screen: MediaStreamTrack | null = null;
  #screenSince = -Infinity;
  #sharedAt = -Infinity;
  #updatedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  addPeer(id: string, peer: Peer): void {
    const trackers = { camera: new WishTracker(), screen: new WishTracker() };
    const unknown = { wish: null, sent: null };
    this.#entries.set(id, { peer, ...unknown, ...trackers });
    this.#soon();
  }

  removePeer(id: string): void {
    this.#entries.delete(id);
    this.#soon();
  }

  setWish(id: string, wish: VideoWish): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.wish = wish;
    this.#soon();
  }

  /** At once: the new track is sent with its own encoding. */
  setTrack(source: keyof VideoWish, track: MediaStreamTrack | null): void {
    if (source === 'camera') this.#camera = track;
    else {
      if (!this.#screen) this.#screenSince = performance.now();
      this.#screen = track;
    }
    this.#shareUplink();
  }

  /** Called several times a second. */
  tick(): void {
    const now = performance.now();
    this.#sendWishes(now);
    if (now - this.#sharedAt >= SHARE_EVERY_MS) this.#shareUplink();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#entries.clear();
  }

  /** Now, unless something was changed a moment ago. */
  #soon(): void {
    if (this.#entries.size === 0) return;
    const pause = this.#updatedAt + MIN_PAUSE_MS - performance.now();
    clearTimeout(this.#timer);
    if (pause > 0) this.#timer = setTimeout(() => this.#soon(), pause);
    else this.#update();
  }

  #update(): void {
    this.#updatedAt = performance.now();
    this.#sendWishes(this.#updatedAt);
    this.#shareUplink();
  }

  #sendWishes(now: number): void {
    for (const [id, entry] of this.#entries) {
      // Until a view is there, the peer sends what it would send without a wish.
      if (!entry.sent && !this.shown.has(id)) continue;
      const camera = entry.camera.update(this.shown.largest(id, 'camera'), now);
      const screen = entry.screen.update(this.shown.largest(id, 'screen'), now) ?? null;
      const { sent } = entry;
      if (
        camera === undefined ||
        (sent && isSameWish(sent.camera, camera) && isSameWish(sent.screen, screen))
      )
        continue;
      entry.sent = { camera, screen };
      entry.peer.sendVideoWish(entry.sent);
    }
  }

  #shareUplink(): void {
    this.#sharedAt = performance.now();
    const entries = [...this.#entries.values()];
    const all = shareUplink({ ...this.#input(entries), uplink: MAX_UPLINK });
    entries.forEach(({ peer }, index) => {
      const encodings = all[index];
      if (encodings) peer.setEncodings(encodings);
    });
  }

  #input(entries: readonly Entry[]): Omit<UplinkInput, 'uplink'> {
    const isNew = performance.now() - this.#screenSince < NEW_SCREEN_MS;
    const screen = captured(this.#screen);
    return {
      wishes: entries.map(({ wish }) => wish && { ...wish, screen: wish.screen ?? (isNew ? WHOLE : null) }),
      camera: captured(this.#camera),
      screen: screen && { ...screen, isMotion: this.#screen?.contentHint === 'motion' },
    };
  }
}

function captured(track: MediaStreamTrack | null): CapturedPicture | null {
  if (!track) return null;
  const { width = 0, height = 0, frameRate = 0 } = track.getSettings?.() ?? {};
  return width > 0 && height > 0 ? { width, height, frameRate: frameRate || 30 } : UNKNOWN_PICTURE;
}
