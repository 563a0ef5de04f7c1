import { grid } from './grid';

/** What a person wants to look at. `auto` is the grid while faces are large enough in it, else who speaks. */
export type Wish = 'auto' | 'grid' | 'speaker';

export const WISHES: readonly Wish[] = ['auto', 'grid', 'speaker'];

/** Something to be looked at. Its key is the same as long as it is there. */
export interface Seat {
  key: string;
  kind: 'person' | 'screen' | 'self';
}

/** What is large, what lies beside it, and whether one's own picture floats in a corner. */
export interface Plan {
  main: string[];
  aside: string[];
  corner: boolean;
}

/** More screens than this at once are small. */
const SCREENS = 2;
/** A face narrower than this is not looked at. */
const FACE = 132;

/**
 * Pinned before shared screens, these before who speaks. Without anything large all are alike, and `main` is empty.
 * Who is alone with one other floats in a corner of it.
 */
export function plan(
  seats: readonly Seat[],
  { wish, pinned, floor }: { wish: Wish; pinned: string | null; floor: string | null },
  area: { width: number; height: number },
): Plan {
  const others = seats.filter(({ kind }) => kind !== 'self');
  const self = seats.filter(({ kind }) => kind === 'self').map(({ key }) => key);
  const keys = others.map(({ key }) => key);
  if (keys.length <= 1 && !(pinned !== null && self.includes(pinned) && keys.length === 1)) {
    return { main: [], aside: keys, corner: self.length > 0 };
  }
  const all = [...keys, ...self];
  const large = looked();
  return { main: large, aside: all.filter((key) => !large.includes(key)), corner: false };

  function looked(): string[] {
    if (pinned !== null && all.includes(pinned)) return [pinned];
    const screens = others.filter(({ kind }) => kind === 'screen').map(({ key }) => key);
    if (screens.length > 0 && wish !== 'grid') return screens.slice(0, SCREENS);
    if (wish === 'speaker' || (wish === 'auto' && !fits())) {
      return floor !== null && keys.includes(floor) ? [floor] : keys.slice(0, 1);
    }
    return [];
  }

  function fits(): boolean {
    const [tile] = grid(all.length, area.width, area.height);
    return tile === undefined || tile.width >= FACE;
  }
}
