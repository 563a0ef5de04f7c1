export class FullScreen {
  on = $state(document.fullscreenElement !== null);
  readonly isSupported = document.fullscreenEnabled;

  constructor() {
    $effect(() => {
      const look = (): void => void (this.on = document.fullscreenElement !== null);
      document.addEventListener('fullscreenchange', look);
      return () => {
        document.removeEventListener('fullscreenchange', look);
        // The end of the call leaves full screen.
        if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
      };
    });
  }

  toggle(): void {
    const asked = this.on ? document.exitFullscreen() : document.documentElement.requestFullscreen();
    asked.catch(() => undefined);
  }
}
