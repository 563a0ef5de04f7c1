/** Where one's own small picture lies over the others: always in a corner. */
export type Corner = 'top-left' | 'top-right' | 'bottom-right' | 'bottom-left';

export const CORNERS: readonly Corner[] = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];

/** How far a throw goes on, in milliseconds of its speed. */
const GLIDE = 140;

/** The corner that a picture belongs to when it is let go: its middle, the area, and its speed in pixels a millisecond. */
export function nearest(
  middle: { x: number; y: number },
  area: { width: number; height: number },
  speed: { x: number; y: number } = { x: 0, y: 0 },
): Corner {
  const right = middle.x + speed.x * GLIDE > area.width / 2;
  const bottom = middle.y + speed.y * GLIDE > area.height / 2;
  return bottom ? (right ? 'bottom-right' : 'bottom-left') : right ? 'top-right' : 'top-left';
}

/** The neighbour in the direction of an arrow key; the same corner where there is none. */
export function towards(corner: Corner, key: string): Corner {
  const [y, x] = corner.split('-') as ['top' | 'bottom', 'left' | 'right'];
  if (key === 'ArrowLeft') return `${y}-left`;
  if (key === 'ArrowRight') return `${y}-right`;
  if (key === 'ArrowUp') return `top-${x}`;
  if (key === 'ArrowDown') return `bottom-${x}`;
  return corner;
}

/** The next one, clockwise. */
export function clockwise(corner: Corner): Corner {
  return CORNERS[(CORNERS.indexOf(corner) + 1) % CORNERS.length] ?? 'bottom-right';
}

/** Where a box of this size lies in a corner of the area. */
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
