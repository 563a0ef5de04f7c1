import { describe, expect, it, vi } from 'vitest';
import { quantise } from '../rtc/quality/wish';
import { ShownPictures } from './shown-pictures';

type Callback<Entry> = (entries: Entry[]) => void;

/** A window with its document. */
function aWindow(devicePixelRatio = 1) {
  const observers = { sizes: [] as Callback<object>[], places: [] as Callback<object>[], disconnected: 0 };
  const observer = (callbacks: Callback<object>[]) =>
    class {
      constructor(callback: Callback<object>) {
        callbacks.push(callback);
      }
      observe = () => undefined;
      disconnect = () => void (observers.disconnected += 1);
    };
  const page = {
    devicePixelRatio,
    ResizeObserver: observer(observers.sizes),
    IntersectionObserver: observer(observers.places),
  };
  const ownerDocument = Object.assign(new EventTarget(), { defaultView: page, visibilityState: 'visible' });
  return {
    page,
    observers,
    /** An element in it, followed by the last observers. */
    element: () => ({ ownerDocument }) as unknown as HTMLElement,
    layOut: (width: number, height: number, index = -1) =>
      observers.sizes.at(index)?.([{ contentRect: { width, height } }]),
    move: (isIntersecting: boolean) => observers.places.at(-1)?.([{ isIntersecting }]),
    setVisible: (isVisible: boolean) => {
      ownerDocument.visibilityState = isVisible ? 'visible' : 'hidden';
      ownerDocument.dispatchEvent(new Event('visibilitychange'));
    },
  };
}

function followed(devicePixelRatio = 1) {
  const onChange = vi.fn();
  const shown = new ShownPictures(onChange);
  const window = aWindow(devicePixelRatio);
  const remove = shown.element('mei', 'camera')(window.element());
  return { ...window, shown, onChange, remove };
}

describe('a shown picture', () => {
  it('is not seen before it is laid out, and is as large as its element then', () => {
    const { shown, layOut, onChange } = followed();
    expect(shown.largest('mei', 'camera')).toBeNull();
    onChange.mockClear();
    layOut(640, 360);
    expect(onChange).toHaveBeenCalledOnce();
    expect(shown.largest('mei', 'camera')).toEqual({ width: 640, height: 360 });
    expect(shown.largest('mei', 'screen')).toBeNull();
    expect(shown.largest('tom', 'camera')).toBeNull();
  });

  it('has as many pixels as the screen has', () => {
    const { shown, layOut, page } = followed(2);
    layOut(640, 360);
    expect(shown.largest('mei', 'camera')).toEqual({ width: 1280, height: 720 });
    // The window was moved to another screen.
    page.devicePixelRatio = 1;
    expect(shown.largest('mei', 'camera')).toEqual({ width: 640, height: 360 });
  });

  it('is not seen in a hidden tile, out of the window, or while the window is hidden', () => {
    const { shown, layOut, move, setVisible, onChange } = followed();
    const seen = () => shown.largest('mei', 'camera') !== null;
    layOut(640, 360);
    for (const [hide, show] of [
      [() => layOut(0, 0), () => layOut(640, 360)],
      [() => move(false), () => move(true)],
      [() => setVisible(false), () => setVisible(true)],
    ] as const) {
      onChange.mockClear();
      hide();
      expect(seen()).toBe(false);
      show();
      expect(seen()).toBe(true);
      expect(onChange).toHaveBeenCalledTimes(2);
    }
  });

  it('is seen in the small window while the window behind is hidden', () => {
    const { shown, layOut, setVisible } = followed();
    layOut(1280, 720);
    const small = aWindow();
    const close = shown.element('mei', 'camera')(small.element());
    small.layOut(360, 270);
    expect(shown.largest('mei', 'camera')).toEqual(quantise({ width: 1280, height: 720 }));
    setVisible(false);
    expect(shown.largest('mei', 'camera')).toEqual({ width: 360, height: 270 });
    close();
    expect(shown.largest('mei', 'camera')).toBeNull();
  });

  it('in the browser’s own small window has the size that it is opened with', () => {
    const { shown, setVisible } = followed();
    setVisible(false);
    const close = shown.fixed('mei', 'camera', { width: 384, height: 288 });
    expect(shown.largest('mei', 'camera')).toEqual(quantise({ width: 384, height: 288 }));
    close();
    expect(shown.largest('mei', 'camera')).toBeNull();
  });

  it('with several views is as large as the largest', () => {
    const { shown, layOut } = followed();
    layOut(320, 180);
    shown.fixed('mei', 'camera', { width: 640, height: 360 });
    shown.fixed('mei', 'camera', { width: 360, height: 270 });
    expect(shown.largest('mei', 'camera')).toEqual({ width: 640, height: 360 });
  });

  it('is forgotten with its element', () => {
    const { shown, layOut, remove, observers, setVisible, onChange } = followed();
    layOut(640, 360);
    expect(shown.has('mei')).toBe(true);
    remove();
    expect(shown.has('mei')).toBe(false);
    expect(observers.disconnected).toBe(2);
    onChange.mockClear();
    setVisible(false);
    expect(onChange).not.toHaveBeenCalled();
  });
});
