import GalleryVertical from '@lucide/svelte/icons/gallery-vertical';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import WandSparkles from '@lucide/svelte/icons/wand-sparkles';
import type { LayoutMode } from '../../../layout/select-tiles';

export const LAYOUT_ICONS = {
  auto: WandSparkles,
  grid: LayoutGrid,
  speaker: GalleryVertical,
} satisfies Record<LayoutMode, unknown>;
