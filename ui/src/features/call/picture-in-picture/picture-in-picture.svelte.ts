import { mount, unmount, type Component } from 'svelte';

/** What TypeScript's library does not know yet. */
interface DocumentPictureInPicture extends EventTarget {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

const small = (): DocumentPictureInPicture | undefined =>
  (window as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;

const SIZE = { width: 384, height: 288 };

/**
 * The call in a small window over all others: with people and controls where the platform has windows for that, else
 * the picture of whoever has the floor.
 */
export class PictureInPicture<P extends Record<string, unknown>> {
  on = $state(false);
  readonly possible = small() !== undefined || document.pictureInPictureEnabled;
  #content: Component<P>;
  #props: P;
  #stream: () => MediaStream | null;
  #end: (() => void) | null = null;

  constructor(content: Component<P>, props: P, stream: () => MediaStream | null) {
    this.#content = content;
    this.#props = props;
    this.#stream = stream;
    $effect(() => () => this.#end?.());
  }

  toggle(): void {
    if (this.#end) {
      this.#end();
      return;
    }
    const overlays = small() ? this.#window() : this.#video();
    // The person has said no, or the platform.
    overlays.catch(() => undefined);
  }

  async #window(): Promise<void> {
    const other = await small()?.requestWindow(SIZE);
    if (!other) return;
    const { document: page } = other;
    page.title = document.title;
    page.documentElement.lang = document.documentElement.lang;
    Object.assign(page.documentElement.dataset, document.documentElement.dataset);
    for (const sheet of document.querySelectorAll('style, link[rel=stylesheet]')) {
      page.head.append(page.importNode(sheet, true));
    }
    // Its keys are the call's.
    for (const type of ['keydown', 'keyup'] as const) other.addEventListener(type, passOn);
    const view = mount(this.#content, { target: page.body, props: this.#props });
    this.#begin(() => {
      void unmount(view);
      other.close();
    });
    other.addEventListener('pagehide', () => this.#end?.(), { once: true });
  }

  async #video(): Promise<void> {
    const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
    const follow = $effect.root(() => {
      $effect(() => {
        video.srcObject = this.#stream();
        video.play().catch(() => undefined);
      });
    });
    try {
      await new Promise((ready) => {
        video.onloadedmetadata = ready;
      });
      await video.requestPictureInPicture();
    } catch (error) {
      follow();
      throw error;
    }
    this.#begin(() => {
      follow();
      video.srcObject = null;
      if (document.pictureInPictureElement === video) void document.exitPictureInPicture();
    });
    video.addEventListener('leavepictureinpicture', () => this.#end?.(), { once: true });
  }

  #begin(end: () => void): void {
    this.on = true;
    this.#end = () => {
      this.#end = null;
      this.on = false;
      end();
    };
  }
}

function passOn(event: KeyboardEvent): void {
  const presses = event.key === ' ' || event.key === 'Enter';
  if (!presses) window.dispatchEvent(new KeyboardEvent(event.type, event));
}
