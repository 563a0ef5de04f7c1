import { grid } from './grid';

/** `auto` is the grid while its tiles are large enough for faces, else the active speaker. */
export type LayoutMode = 'auto' | 'grid' | 'speaker';

export const LAYOUT_MODES: readonly LayoutMode[] = ['auto', 'grid', 'speaker'];

/** A tile to place. The key is stable as long as the tile exists. */
export interface TileSpec {
  key: string;
  kind: 'person' | 'screen' | 'self';
}

/** The person's choices, and the key of the active speaker's tile. */
export interface TileChoice {
  layoutMode: LayoutMode;
  pinned: string | null;
  activeSpeaker: string | null;
}

/** The keys of the large tiles and of the tiles beside them, and whether the own tile floats in a corner. */
export interface TileSelection {
  main: string[];
  aside: string[];
  corner: boolean;
}

/** Further screens get small tiles. */
const MAX_LARGE_SCREENS = 2;
/** Pixels. */
const MIN_FACE_WIDTH = 132;

/**
 * Large is the pinned tile, else the shared screens, else the active speaker. In the grid all tiles have one size and
 * `main` is empty. In a call of two the own tile floats over the other.
 */
export function selectTiles(
  tiles: readonly TileSpec[],
  { layoutMode, pinned, activeSpeaker }: TileChoice,
  area: { width: number; height: number },
): TileSelection {
  const others = tiles.filter(({ kind }) => kind !== 'self');
  const self = tiles.filter(({ kind }) => kind === 'self').map(({ key }) => key);
  const keys = others.map(({ key }) => key);
  if (keys.length <= 1 && !(pinned !== null && self.includes(pinned) && keys.length === 1)) {
    return { main: [], aside: keys, corner: self.length > 0 };
  }
  const all = [...keys, ...self];
  const large = largeTiles();
  return { main: large, aside: all.filter((key) => !large.includes(key)), corner: false };

  function largeTiles(): string[] {
    if (pinned !== null && all.includes(pinned)) return [pinned];
    const screens = others.filter(({ kind }) => kind === 'screen').map(({ key }) => key);
    if (screens.length > 0 && layoutMode !== 'grid') return screens.slice(0, MAX_LARGE_SCREENS);
    if (layoutMode === 'speaker' || (layoutMode === 'auto' && !fits())) {
      return activeSpeaker !== null && keys.includes(activeSpeaker) ? [activeSpeaker] : keys.slice(0, 1);
    }
    return [];
  }

  function fits(): boolean {
    const [tile] = grid(all.length, area.width, area.height);
    return tile === undefined || tile.width >= MIN_FACE_WIDTH;
  }
}
