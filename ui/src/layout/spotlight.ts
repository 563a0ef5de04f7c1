import { grid, TILES, type Box, type GridRules } from './grid';

/** The shapes, width over height, that something may have: a person's picture is cropped a little, a screen is not. */
export interface Shape {
  narrowest: number;
  widest: number;
}

export const PERSON: Shape = TILES;

/** Where everything goes: what is looked at, and the others beside it. */
export interface Focus {
  main: Box[];
  aside: Box[];
}

/** A tile aside is large enough at this width; more for it is less for what is looked at. */
const ENOUGH = 168;
/** Below this a face is hardly one. */
const TINY = 88;
const STEPS = 28;

/**
 * One or a few large, the others in a strip beside or below: whichever leaves more to look at. The strip is as thick
 * as its tiles need, and never more than half.
 */
export function focus(main: readonly Shape[], aside: number, width: number, height: number): Focus {
  if (main.length === 0) return { main: [], aside: grid(aside, width, height) };
  if (width <= 0 || height <= 0) return { main: [], aside: [] };
  if (aside === 0) return { main: large(main, { x: 0, y: 0, width, height }), aside: [] };
  let best: { focus: Focus; worth: number } | null = null;
  for (const beside of [true, false]) {
    const length = beside ? width : height;
    for (let step = 1; step <= STEPS; step += 1) {
      const thick = (length * 0.5 * step) / STEPS - TILES.gap;
      const found = split(main, aside, width, height, thick, beside);
      if (found && (!best || found.worth > best.worth)) best = found;
    }
  }
  // A window so small that nothing fits beside: what is looked at has it all.
  return (
    best?.focus ?? {
      main: large(main, { x: 0, y: 0, width, height }),
      aside: Array<Box>(aside).fill(NOWHERE),
    }
  );
}

const NOWHERE: Box = { x: 0, y: 0, width: 0, height: 0 };
/** In a strip every tile is shaped as a picture is, so that it is not taken for a column. */
const STRIP: GridRules = { gap: TILES.gap, narrowest: 1, widest: 16 / 9 };

function split(
  main: readonly Shape[],
  aside: number,
  width: number,
  height: number,
  thick: number,
  beside: boolean,
): { focus: Focus; worth: number } | null {
  const strip = beside ? grid(aside, thick, height, STRIP) : grid(aside, width, thick, STRIP);
  const [tile] = strip;
  if (!tile) return null;
  const rest = beside
    ? { x: 0, y: 0, width: width - thick - TILES.gap, height }
    : { x: 0, y: 0, width, height: height - thick - TILES.gap };
  const shown = large(main, rest);
  if (shown.length === 0) return null;
  const area = shown.reduce((sum, box) => sum + box.width * box.height, 0);
  const size = Math.min(tile.width, tile.height * 1.5);
  const enough = Math.sqrt(Math.min(1, size / ENOUGH)) * Math.min(1, size / TINY);
  const moved = strip.map((box) =>
    beside ? { ...box, x: box.x + rest.width + TILES.gap } : { ...box, y: box.y + rest.height + TILES.gap },
  );
  return {
    focus: together({ main: shown, aside: moved }, width, height, beside),
    worth: area * enough,
  };
}

/** What is left over at one side is shared between both. */
function together({ main, aside }: Focus, width: number, height: number, beside: boolean): Focus {
  const all = [...main, ...aside];
  const [from, to] = beside
    ? [Math.min(...all.map((b) => b.x)), Math.max(...all.map((b) => b.x + b.width))]
    : [Math.min(...all.map((b) => b.y)), Math.max(...all.map((b) => b.y + b.height))];
  const end = beside
    ? Math.max(...main.map((b) => b.x + b.width))
    : Math.max(...main.map((b) => b.y + b.height));
  const next = beside ? Math.min(...aside.map((b) => b.x)) : Math.min(...aside.map((b) => b.y));
  const apart = next - end - TILES.gap;
  const spare = (beside ? width : height) - (to - from) + apart;
  const shift = (by: number) => (box: Box) =>
    beside ? { ...box, x: box.x + by } : { ...box, y: box.y + by };
  return {
    main: main.map(shift(spare / 2 - from)),
    aside: aside.map(shift(spare / 2 - from - apart)),
  };
}

/** As large as they can be in this area, side by side or one above the other. */
function large(shapes: readonly Shape[], area: Box): Box[] {
  const { gap } = TILES;
  const count = shapes.length;
  const cells = (columns: number): Box[] => {
    const rows = Math.ceil(count / columns);
    const width = (area.width - gap * (columns - 1)) / columns;
    const height = (area.height - gap * (rows - 1)) / rows;
    return shapes.map((_, index) => ({
      x: area.x + (index % columns) * (width + gap),
      y: area.y + Math.floor(index / columns) * (height + gap),
      width,
      height,
    }));
  };
  let best: Box[] = [];
  let most = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const boxes = cells(columns).flatMap((cell, index) => inside(cell, shapes[index] ?? PERSON) ?? []);
    const sum = boxes.reduce((total, { width, height }) => total + width * height, 0);
    if (boxes.length === count && sum > most) {
      best = boxes;
      most = sum;
    }
  }
  return best;
}

/** The largest box of an allowed shape in a cell, in its middle. */
function inside(cell: Box, { narrowest, widest }: Shape): Box | null {
  if (cell.width <= 0 || cell.height <= 0) return null;
  const width = Math.min(cell.width, cell.height * widest);
  const height = Math.min(cell.height, cell.width / narrowest);
  return { x: cell.x + (cell.width - width) / 2, y: cell.y + (cell.height - height) / 2, width, height };
}
