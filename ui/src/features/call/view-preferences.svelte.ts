import { ActiveSpeaker } from '../../layout/active-speaker';
import { CORNERS, type Corner } from '../../layout/corner';
import { LAYOUT_MODES, type LayoutMode } from '../../layout/select-tiles';

const STORAGE_KEY = 'parlour.seating';

/** The names in the page's storage. */
interface Stored {
  wish: LayoutMode;
  corner: Corner;
}

/** How the person arranges the tiles of a call and hears the others. The layout and the corner are stored. */
export class ViewPreferences {
  /** The key of the tile that stays large. */
  pinned = $state<string | null>(null);
  /** The own tile is hidden from the person. */
  selfHidden = $state(false);
  /** From 0 to 1, by peer; 1 where there is none. */
  volumes = $state<Readonly<Record<string, number>>>({});
  /** Peers that are muted for this person only. */
  mutedPeers = $state<readonly string[]>([]);
  activeSpeaker = $state<string | null>(null);
  #layoutMode = $state<LayoutMode>('auto');
  #corner = $state<Corner>('bottom-right');
  #speaker = new ActiveSpeaker();

  constructor() {
    const { wish, corner } = load();
    this.#layoutMode = wish;
    this.#corner = corner;
  }

  get layoutMode(): LayoutMode {
    return this.#layoutMode;
  }

  set layoutMode(mode: LayoutMode) {
    this.#layoutMode = mode;
    this.#store();
  }

  get corner(): Corner {
    return this.#corner;
  }

  set corner(corner: Corner) {
    this.#corner = corner;
    this.#store();
  }

  nextLayoutMode(): LayoutMode {
    const next = (LAYOUT_MODES.indexOf(this.#layoutMode) + 1) % LAYOUT_MODES.length;
    return (this.layoutMode = LAYOUT_MODES[next] ?? 'auto');
  }

  togglePin(key: string): void {
    this.pinned = this.pinned === key ? null : key;
  }

  volume(peer: string): number {
    return this.mutedPeers.includes(peer) ? 0 : (this.volumes[peer] ?? 1);
  }

  setVolume(peer: string, volume: number): void {
    this.volumes = { ...this.volumes, [peer]: volume };
    this.mutedPeers = this.mutedPeers.filter((id) => id !== peer);
  }

  togglePeerMute(peer: string): void {
    this.mutedPeers = this.mutedPeers.includes(peer)
      ? this.mutedPeers.filter((id) => id !== peer)
      : [...this.mutedPeers, peer];
  }

  /** Returns in how many milliseconds to call it again. */
  updateActiveSpeaker(
    present: readonly string[],
    speaking: ReadonlySet<string>,
    now = performance.now(),
  ): number | null {
    const due = this.#speaker.update(present, speaking, now);
    this.activeSpeaker = this.#speaker.current;
    return due === null ? null : due - now;
  }

  #store(): void {
    const stored: Stored = { wish: this.#layoutMode, corner: this.#corner };
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(stored));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

function load(): Stored {
  let stored: unknown = null;
  try {
    stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null');
  } catch {
    // The defaults hold.
  }
  const { wish, corner } = (stored ?? {}) as Record<string, unknown>;
  return {
    wish: LAYOUT_MODES.find((known) => known === wish) ?? 'auto',
    corner: CORNERS.find((known) => known === corner) ?? 'bottom-right',
  };
}
