interface Vector {
  x: number;
  y: number;
}

interface DragHandlers {
  /** Pixels from where the drag began. */
  onDrag: (by: Vector) => void;
  /** `speed` is in pixels a millisecond; zero where the pointer rested before. */
  onDrop: (speed: Vector) => void;
}

/** Pixels. A shorter movement is an unsteady hand. */
const MIN_DRAG = 5;
/** After a longer rest the tile is dropped, not thrown. */
const MAX_THROW_REST_MS = 80;

/** Elements inside that handle their own clicks. */
const INTERACTIVE = 'button, .popup';

export function draggable({ onDrag, onDrop }: DragHandlers): (element: HTMLElement) => () => void {
  return (element) => {
    const onPointerDown = (event: PointerEvent): void => {
      if (event.button !== 0 || isInteractive(event)) return;
      const from = { x: event.clientX, y: event.clientY };
      let last = { ...from, at: event.timeStamp };
      let speed = { x: 0, y: 0 };
      let isDragging = false;
      const listeners = new AbortController();
      const { signal } = listeners;
      const onMove = (now: PointerEvent): void => {
        const by = { x: now.clientX - from.x, y: now.clientY - from.y };
        if (!isDragging && Math.hypot(by.x, by.y) < MIN_DRAG) return;
        if (!isDragging) element.setPointerCapture(now.pointerId);
        isDragging = true;
        const time = Math.max(1, now.timeStamp - last.at);
        speed = { x: (now.clientX - last.x) / time, y: (now.clientY - last.y) / time };
        last = { x: now.clientX, y: now.clientY, at: now.timeStamp };
        onDrag(by);
      };
      const onEnd = (now: PointerEvent): void => {
        listeners.abort();
        if (isDragging) onDrop(now.timeStamp - last.at < MAX_THROW_REST_MS ? speed : { x: 0, y: 0 });
      };
      window.addEventListener('pointermove', onMove, { signal });
      window.addEventListener('pointerup', onEnd, { signal });
      window.addEventListener('pointercancel', onEnd, { signal });
    };
    element.addEventListener('pointerdown', onPointerDown);
    return () => element.removeEventListener('pointerdown', onPointerDown);
  };
}

export function onDoubleClick(run: () => void): (element: HTMLElement) => () => void {
  return (element) => {
    const listener = (event: MouseEvent): void => {
      if (!isInteractive(event)) run();
    };
    element.addEventListener('dblclick', listener);
    return () => element.removeEventListener('dblclick', listener);
  };
}

const isInteractive = ({ target }: Event): boolean =>
  target instanceof Element && target.closest(INTERACTIVE) !== null;
