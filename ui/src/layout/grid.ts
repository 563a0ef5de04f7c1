export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface GridRules {
  /** Pixels between tiles. */
  gap: number;
  /** The least width over height of a tile. */
  narrowest: number;
  /** The greatest width over height. */
  widest: number;
}

export const TILES: GridRules = { gap: 10, narrowest: 3 / 4, widest: 16 / 9 };

/** Camera pictures are 4:3 to 16:9, so a much narrower or wider tile only crops them. */
const CAMERA_RATIO = 4 / 3;

/** Equal tiles in rows, the last row centred. Takes the number of columns whose tiles are worth most. */
export function grid(count: number, width: number, height: number, rules: GridRules = TILES): Box[] {
  if (count < 1 || width <= 0 || height <= 0) return [];
  let best = { columns: 1, width: 0, height: 0, worth: -1 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = fit(
      (width - rules.gap * (columns - 1)) / columns,
      (height - rules.gap * (rows - 1)) / rows,
      rules,
    );
    const worth = worthOf(tile);
    if (worth > best.worth) best = { columns, ...tile, worth };
  }
  if (best.width <= 0 || best.height <= 0) return [];
  return place(count, width, height, best, rules.gap);
}

/** The geometric mean of the tile's area and of the area of the picture that it shows. */
function worthOf({ width, height }: { width: number; height: number }): number {
  const shown = Math.min(width, height * CAMERA_RATIO) * Math.min(height, width / CAMERA_RATIO);
  return Math.sqrt(shown * width * height);
}

/** The largest tile of an allowed ratio in a cell. */
function fit(width: number, height: number, rules: GridRules): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  return {
    width: Math.min(width, height * rules.widest),
    height: Math.min(height, width / rules.narrowest),
  };
}

function place(
  count: number,
  width: number,
  height: number,
  tile: { columns: number; width: number; height: number },
  gap: number,
): Box[] {
  const rows = Math.ceil(count / tile.columns);
  const top = (height - rows * tile.height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / tile.columns);
    const inRow = row === rows - 1 ? count - row * tile.columns : tile.columns;
    const left = (width - inRow * tile.width - (inRow - 1) * gap) / 2;
    return {
      x: left + (index % tile.columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      width: tile.width,
      height: tile.height,
    };
  });
}
