interface Vector {
  x: number;
  y: number;
}

interface Drag {
  /** So far from where it was taken. */
  pull: (by: Vector) => void;
  /** With this speed, in pixels a millisecond. */
  letGo: (speed: Vector) => void;
}

/** Less is a hand that trembles. */
const BEGINS = 5;
/** Who waits longer before letting go does not throw. */
const FRESH = 80;

/** Lets an element be taken by pointer. What in it can be pressed is pressed. */
export function drag({ pull, letGo }: Drag): (element: HTMLElement) => () => void {
  return (element) => {
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button, .popup')))
        return;
      const from = { x: event.clientX, y: event.clientY };
      let last = { ...from, at: event.timeStamp };
      let speed = { x: 0, y: 0 };
      let moved = false;
      const end = new AbortController();
      const { signal } = end;
      const move = (now: PointerEvent): void => {
        const by = { x: now.clientX - from.x, y: now.clientY - from.y };
        if (!moved && Math.hypot(by.x, by.y) < BEGINS) return;
        if (!moved) element.setPointerCapture(now.pointerId);
        moved = true;
        const time = Math.max(1, now.timeStamp - last.at);
        speed = { x: (now.clientX - last.x) / time, y: (now.clientY - last.y) / time };
        last = { x: now.clientX, y: now.clientY, at: now.timeStamp };
        pull(by);
      };
      const up = (now: PointerEvent): void => {
        end.abort();
        if (moved) letGo(now.timeStamp - last.at < FRESH ? speed : { x: 0, y: 0 });
      };
      window.addEventListener('pointermove', move, { signal });
      window.addEventListener('pointerup', up, { signal });
      window.addEventListener('pointercancel', up, { signal });
    };
    element.addEventListener('pointerdown', down);
    return () => {
      element.removeEventListener('pointerdown', down);
    };
  };
}

/** A double click on the picture itself, not on what can be pressed. */
export function twice(act: () => void): (element: HTMLElement) => () => void {
  return (element) => {
    const hear = ({ target }: Event): void => {
      if (target instanceof Element && !target.closest('button, .popup')) act();
    };
    element.addEventListener('dblclick', hear);
    return () => {
      element.removeEventListener('dblclick', hear);
    };
  };
}
