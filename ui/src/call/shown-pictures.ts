import { quantise, type PictureSize, type PictureWish, type VideoWish } from '../rtc/quality/wish';

type Source = keyof VideoWish;

interface View {
  peer: string;
  source: Source;
  /** In device pixels; null while nobody sees it. */
  size(): PictureSize | null;
}

/** Where the pictures of the others are shown, and how large. A picture may have several views; the largest counts. */
export class ShownPictures {
  #views = new Set<View>();
  #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** For an element that is as large as the picture in it. It is followed until it is removed. */
  element =
    (peer: string, source: Source) =>
    (element: HTMLElement): (() => void) => {
      // The small window over all others is a document of its own, with observers of its own.
      const { ownerDocument } = element;
      const page = ownerDocument.defaultView;
      if (!page) return () => undefined;
      // The observers tell the size when it is laid out anyway. To ask the element would force a layout.
      let { width, height } = { width: 0, height: 0 };
      let isOnScreen = true;
      const resizes = new page.ResizeObserver((entries) => {
        ({ width, height } = entries.at(-1)?.contentRect ?? { width, height });
        this.#onChange();
      });
      const moves = new page.IntersectionObserver((entries) => {
        isOnScreen = entries.at(-1)?.isIntersecting ?? true;
        this.#onChange();
      });
      resizes.observe(element);
      moves.observe(element);
      ownerDocument.addEventListener('visibilitychange', this.#onChange);
      const remove = this.#add({
        peer,
        source,
        size: () => {
          if (ownerDocument.visibilityState === 'hidden' || !isOnScreen || width === 0 || height === 0)
            return null;
          const { devicePixelRatio } = page;
          return { width: width * devicePixelRatio, height: height * devicePixelRatio };
        },
      });
      return () => {
        resizes.disconnect();
        moves.disconnect();
        ownerDocument.removeEventListener('visibilitychange', this.#onChange);
        remove();
      };
    };

  /** For a view whose size the page cannot see, as in the browser's own picture-in-picture. */
  fixed(peer: string, source: Source, size: PictureSize): () => void {
    return this.#add({ peer, source, size: () => size });
  }

  /** Whether any view of the person is known, seen or not. */
  has(peer: string): boolean {
    return [...this.#views].some((view) => view.peer === peer);
  }

  /** The largest size at which the picture is shown, in steps. */
  largest(peer: string, source: Source): PictureWish {
    let largest: PictureSize | null = null;
    for (const view of this.#views) {
      if (view.peer !== peer || view.source !== source) continue;
      const size = view.size();
      if (size && (!largest || size.width * size.height > largest.width * largest.height)) largest = size;
    }
    return largest && quantise(largest);
  }

  #add(view: View): () => void {
    this.#views.add(view);
    this.#onChange();
    return () => {
      this.#views.delete(view);
      this.#onChange();
    };
  }
}
