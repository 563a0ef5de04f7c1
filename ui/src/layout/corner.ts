/** Where the own tile floats over the others. */
export type Corner = 'top-left' | 'top-right' | 'bottom-right' | 'bottom-left';

export const CORNERS: readonly Corner[] = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];

/** A throw goes on for this long at its last speed. */
const THROW_GLIDE_MS = 140;

/** The corner for a tile that is released with its middle here. `speed` is in pixels a millisecond. */
export function nearest(
  middle: { x: number; y: number },
  area: { width: number; height: number },
  speed: { x: number; y: number } = { x: 0, y: 0 },
): Corner {
  const right = middle.x + speed.x * THROW_GLIDE_MS > area.width / 2;
  const bottom = middle.y + speed.y * THROW_GLIDE_MS > area.height / 2;
  return bottom ? (right ? 'bottom-right' : 'bottom-left') : right ? 'top-right' : 'top-left';
}

/** The corner in the direction of an arrow key, or the same one where there is none. */
export function towards(corner: Corner, key: string): Corner {
  const [y, x] = corner.split('-') as ['top' | 'bottom', 'left' | 'right'];
  if (key === 'ArrowLeft') return `${y}-left`;
  if (key === 'ArrowRight') return `${y}-right`;
  if (key === 'ArrowUp') return `top-${x}`;
  if (key === 'ArrowDown') return `bottom-${x}`;
  return corner;
}

export function clockwise(corner: Corner): Corner {
  return CORNERS[(CORNERS.indexOf(corner) + 1) % CORNERS.length] ?? 'bottom-right';
}

export function cornerBox(
  corner: Corner,
  area: { width: number; height: number },
  { width, height }: { width: number; height: number },
  margin: number,
): { x: number; y: number; width: number; height: number } {
  return {
    x: corner.endsWith('left') ? margin : area.width - width - margin,
    y: corner.startsWith('top') ? margin : area.height - height - margin,
    width,
    height,
  };
}
