import { Floor } from '../../layout/active-speaker';
import { CORNERS, type Corner } from '../../layout/corner';
import { WISHES, type Wish } from '../../layout/select-tiles';

const KEPT = 'parlour.seating';

interface Kept {
  wish: Wish;
  corner: Corner;
}

/** How the person wants the people in a call to be arranged. The layout and the corner are remembered. */
export class Seating {
  /** The key of the tile that stays large. */
  pinned = $state<string | null>(null);
  /** One's own picture is not shown to oneself. */
  hidden = $state(false);
  /** Who is heard, of 0 to 1, by peer. Who is not in it is heard as they are. */
  volumes = $state<Readonly<Record<string, number>>>({});
  /** Who is mute for oneself alone. */
  hushed = $state<readonly string[]>([]);
  /** Who has the floor. */
  floor = $state<string | null>(null);
  #wish = $state<Wish>('auto');
  #corner = $state<Corner>('bottom-right');
  #floor = new Floor();

  constructor() {
    const { wish, corner } = load();
    this.#wish = wish;
    this.#corner = corner;
  }

  get wish(): Wish {
    return this.#wish;
  }

  set wish(wish: Wish) {
    this.#wish = wish;
    this.#keep();
  }

  get corner(): Corner {
    return this.#corner;
  }

  set corner(corner: Corner) {
    this.#corner = corner;
    this.#keep();
  }

  next(): Wish {
    return (this.wish = WISHES[(WISHES.indexOf(this.#wish) + 1) % WISHES.length] ?? 'auto');
  }

  pin(key: string): void {
    this.pinned = this.pinned === key ? null : key;
  }

  volume(peer: string): number {
    return this.hushed.includes(peer) ? 0 : (this.volumes[peer] ?? 1);
  }

  turn(peer: string, volume: number): void {
    this.volumes = { ...this.volumes, [peer]: volume };
    this.hushed = this.hushed.filter((id) => id !== peer);
  }

  hush(peer: string): void {
    this.hushed = this.hushed.includes(peer)
      ? this.hushed.filter((id) => id !== peer)
      : [...this.hushed, peer];
  }

  /** Who is there and who of them speaks. The answer: in how many milliseconds to ask again. */
  hear(present: readonly string[], speaking: ReadonlySet<string>, now = performance.now()): number | null {
    const due = this.#floor.hear(present, speaking, now);
    this.floor = this.#floor.holder;
    return due === null ? null : due - now;
  }

  #keep(): void {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ wish: this.#wish, corner: this.#corner } satisfies Kept));
    } catch {
      // Without a store it lasts as long as the page.
    }
  }
}

function load(): Kept {
  let kept: unknown = null;
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null');
  } catch {
    // What cannot be read is as if it had never been.
  }
  const { wish, corner } = (kept ?? {}) as Record<string, unknown>;
  return {
    wish: WISHES.find((known) => known === wish) ?? 'auto',
    corner: CORNERS.find((known) => known === corner) ?? 'bottom-right',
  };
}
