import { grid, TILES, type Box, type GridRules } from './grid';

/** The allowed ratios, width over height: a person's picture may be cropped a little, a screen may not. */
export interface Shape {
  narrowest: number;
  widest: number;
}

export const PERSON: Shape = TILES;

export interface SpotlightLayout {
  main: Box[];
  aside: Box[];
}

/** Pixels. Tiles aside gain nothing from more width; the main tiles do. */
const GOOD_TILE_WIDTH = 168;
/** Pixels. Below this a face cannot be recognised. */
const MIN_TILE_WIDTH = 88;
const STRIP_SIZES_TRIED = 28;

/**
 * Places one or a few large tiles, and the others in a strip beside or below, whichever leaves more area for the large
 * ones. The strip takes at most half of the area.
 */
export function spotlight(
  main: readonly Shape[],
  aside: number,
  width: number,
  height: number,
): SpotlightLayout {
  if (main.length === 0) return { main: [], aside: grid(aside, width, height) };
  if (width <= 0 || height <= 0) return { main: [], aside: [] };
  if (aside === 0) return { main: large(main, { x: 0, y: 0, width, height }), aside: [] };
  let best: { layout: SpotlightLayout; worth: number } | null = null;
  for (const beside of [true, false]) {
    const length = beside ? width : height;
    for (let step = 1; step <= STRIP_SIZES_TRIED; step += 1) {
      const thick = (length * 0.5 * step) / STRIP_SIZES_TRIED - TILES.gap;
      const found = split(main, aside, width, height, thick, beside);
      if (found && (!best || found.worth > best.worth)) best = found;
    }
  }
  // In a window this small no strip fits.
  return (
    best?.layout ?? {
      main: large(main, { x: 0, y: 0, width, height }),
      aside: Array<Box>(aside).fill(HIDDEN_BOX),
    }
  );
}

const HIDDEN_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };
/** No portrait tiles in a strip. */
const STRIP: GridRules = { gap: TILES.gap, narrowest: 1, widest: 16 / 9 };

function split(
  main: readonly Shape[],
  aside: number,
  width: number,
  height: number,
  thick: number,
  beside: boolean,
): { layout: SpotlightLayout; worth: number } | null {
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
  const enough = Math.sqrt(Math.min(1, size / GOOD_TILE_WIDTH)) * Math.min(1, size / MIN_TILE_WIDTH);
  const moved = strip.map((box) =>
    beside ? { ...box, x: box.x + rest.width + TILES.gap } : { ...box, y: box.y + rest.height + TILES.gap },
  );
  return {
    layout: centre({ main: shown, aside: moved }, width, height, beside),
    worth: area * enough,
  };
}

/** Shares the space that is left over at one side between both. */
function centre(
  { main, aside }: SpotlightLayout,
  width: number,
  height: number,
  beside: boolean,
): SpotlightLayout {
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

/** As large as possible in this area, side by side or one above the other. */
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

/** The largest box of an allowed ratio, centred in a cell. */
function inside(cell: Box, { narrowest, widest }: Shape): Box | null {
  if (cell.width <= 0 || cell.height <= 0) return null;
  const width = Math.min(cell.width, cell.height * widest);
  const height = Math.min(cell.height, cell.width / narrowest);
  return { x: cell.x + (cell.width - width) / 2, y: cell.y + (cell.height - height) / 2, width, height };
}
