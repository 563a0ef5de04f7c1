import { mount, unmount, type Component } from 'svelte';
import { listenForShortcuts } from '../../app-shell/shortcut-registry.svelte';

/** Not in TypeScript's DOM library. */
interface DocumentPictureInPicture extends EventTarget {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

declare global {
  interface Window {
    documentPictureInPicture?: DocumentPictureInPicture;
  }
}

const documentPip = (): DocumentPictureInPicture | undefined => window.documentPictureInPicture;

/** Pixels, at the start. */
export const PIP_SIZE = { width: 384, height: 288 };

/** Shows the call above all windows: `content` in a document of its own where the platform has that, else one stream. */
export class PictureInPicture<P extends Record<string, unknown>> {
  on = $state(false);
  /** Whether the page knows how large the small window is. */
  readonly tellsSize = documentPip() !== undefined;
  readonly isSupported = documentPip() !== undefined || document.pictureInPictureEnabled;
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
    const opening = documentPip() ? this.#openDocument() : this.#openVideo();
    // The person or the platform has refused.
    opening.catch(() => undefined);
  }

  async #openDocument(): Promise<void> {
    const pipWindow = await documentPip()?.requestWindow(PIP_SIZE);
    if (!pipWindow) return;
    const { document: page } = pipWindow;
    page.title = document.title;
    page.documentElement.lang = document.documentElement.lang;
    Object.assign(page.documentElement.dataset, document.documentElement.dataset);
    for (const sheet of document.querySelectorAll('style, link[rel=stylesheet]')) {
      page.head.append(page.importNode(sheet, true));
    }
    const stopListening = listenForShortcuts(pipWindow);
    const view = mount(this.#content, { target: page.body, props: this.#props });
    this.#begin(() => {
      stopListening();
      void unmount(view);
      pipWindow.close();
    });
    pipWindow.addEventListener('pagehide', () => this.#end?.(), { once: true });
  }

  async #openVideo(): Promise<void> {
    const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
    const stopFollowing = $effect.root(() => {
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
      stopFollowing();
      throw error;
    }
    this.#begin(() => {
      stopFollowing();
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
