import { cornerBox, type Corner } from './corner';
import type { Box } from './grid';
import { selectTiles, type TileChoice, type TileSpec } from './select-tiles';
import { PERSON, spotlight } from './spotlight';

/** Pixels. */
const MIN_FLOATING_WIDTH = 88;
const MAX_FLOATING_WIDTH = 240;
const FLOATING_MARGIN = 12;
/** The part of the stage's width. */
const FLOATING_WIDTH = 0.21;

export interface StageLayout {
  /** By the keys of the tiles. A tile without a box, or in an empty one, is not shown. */
  readonly boxes: ReadonlyMap<string, Box>;
  /** The own tile lies in a corner over the others. */
  readonly selfFloats: boolean;
}

/** `ratios` are the width over height of the screens that are known; 16:9 stands for the others. */
export function layoutStage(
  tiles: readonly TileSpec[],
  choice: TileChoice & { corner: Corner },
  ratios: ReadonlyMap<string, number>,
  area: { width: number; height: number },
): StageLayout {
  const { main, aside, corner: selfFloats } = selectTiles(tiles, choice, area);
  const kinds = new Map(tiles.map(({ key, kind }) => [key, kind]));
  const shapes = main.map((key) => {
    const ratio = ratios.get(key) ?? 16 / 9;
    return kinds.get(key) === 'screen' ? { narrowest: ratio, widest: ratio } : PERSON;
  });
  const placed = spotlight(shapes, aside.length, area.width, area.height);
  const boxes = new Map<string, Box>();
  main.forEach((key, index) => placed.main[index] && boxes.set(key, placed.main[index]));
  aside.forEach((key, index) => placed.aside[index] && boxes.set(key, placed.aside[index]));
  if (selfFloats) {
    for (const { key, kind } of tiles) if (kind === 'self') boxes.set(key, floatingBox(choice.corner, area));
  }
  return { boxes, selfFloats };
}

function floatingBox(corner: Corner, area: { width: number; height: number }): Box {
  const width = Math.min(MAX_FLOATING_WIDTH, Math.max(MIN_FLOATING_WIDTH, area.width * FLOATING_WIDTH));
  return cornerBox(corner, area, { width, height: (width * 3) / 4 }, FLOATING_MARGIN);
}
