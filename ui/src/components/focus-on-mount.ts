/** Moves the focus to a new view, so that the keyboard and a screen reader start there. */
export function focusOnMount(element: HTMLElement): void {
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
