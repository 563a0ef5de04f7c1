/** A new view takes the focus, so that the keyboard and a screen reader begin where the eye does. */
export function arrive(element: HTMLElement): void {
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
