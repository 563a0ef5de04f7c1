import type { RemotePeer } from '../rtc/peer';
import {
  assignedBitrate,
  MAX_UPLINK,
  shareUplink,
  wantedBitrate,
  WHOLE,
  type CapturedPicture,
  type LinkEncodings,
  type UplinkInput,
} from '../rtc/quality/share-uplink';
import { UplinkEstimate, type LinkRate } from '../rtc/quality/uplink';
import { isSameWish, WishTracker, type VideoWish } from '../rtc/quality/wish';
import { ShownPictures } from './shown-pictures';

type Peer = Pick<RemotePeer, 'setEncodings' | 'availableBitrate' | 'sendVideoWish'>;

interface Entry {
  peer: Peer;
  /** What the peer wishes of us. */
  wish: VideoWish | null;
  encodings: LinkEncodings | null;
  /** Since when the path has had an estimate and the link could not send more than before; null without an estimate. */
  steadySince: number | null;
  /** What we wish of the peer. */
  camera: WishTracker;
  screen: WishTracker;
  sent: VideoWish | null;
}

/** The pause between two changes of an encoder, and between two wishes. */
const MIN_PAUSE_MS = 150;
const MEASURE_EVERY_MS = 2_000;
/** A link that was connected just now, or may send more than before, has an estimate that is still rising. */
const ESTIMATE_RISES_MS = 10_000;
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
  #uplink = new UplinkEstimate();
  #screenSince = -Infinity;
  #measuredAt = -Infinity;
  #updatedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  addPeer(id: string, peer: Peer): void {
    const trackers = { camera: new WishTracker(), screen: new WishTracker() };
    const unknown = { wish: null, encodings: null, steadySince: null, sent: null };
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
    if (now - this.#measuredAt < MEASURE_EVERY_MS) return;
    this.#measuredAt = now;
    void this.#measure();
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
    const entries = [...this.#entries.values()];
    const input = this.#input(entries);
    const uplink = Math.min(MAX_UPLINK, this.#uplink.bound ?? Infinity);
    const now = performance.now();
    const all = shareUplink({ ...input, uplink });
    entries.forEach((entry, index) => {
      const encodings = all[index];
      if (!encodings) return;
      const before = entry.encodings ? assignedBitrate(entry.encodings) : 0;
      if (assignedBitrate(encodings) > before && entry.steadySince !== null) entry.steadySince = now;
      entry.encodings = encodings;
      entry.peer.setEncodings(encodings);
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

  async #measure(): Promise<void> {
    const entries = [...this.#entries.values()];
    const rates = await Promise.all(
      entries.map(async (entry) => ({ entry, available: await entry.peer.availableBitrate() })),
    );
    const now = performance.now();
    const links: LinkRate[] = [];
    for (const { entry, available } of rates) {
      const { encodings } = entry;
      if (available === null) entry.steadySince = null;
      else entry.steadySince ??= now;
      const isSteady = entry.steadySince !== null && now - entry.steadySince >= ESTIMATE_RISES_MS;
      if (encodings)
        links.push({ available: isSteady ? available : null, assigned: assignedBitrate(encodings) });
    }
    this.#uplink.update(links, wantedBitrate(this.#input(entries)), now);
    if (this.#entries.size > 0) this.#shareUplink();
  }
}

function captured(track: MediaStreamTrack | null): CapturedPicture | null {
  if (!track) return null;
  const { width = 0, height = 0, frameRate = 0 } = track.getSettings?.() ?? {};
  return width > 0 && height > 0 ? { width, height, frameRate: frameRate || 30 } : UNKNOWN_PICTURE;
}
