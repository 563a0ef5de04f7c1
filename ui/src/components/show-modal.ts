/** Opens a dialog over everything, and gives the focus back when it is gone. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  // A second Escape cannot be refused; what still waits for an answer stays open.
  const stay = (): void => dialog.showModal();
  dialog.addEventListener('close', stay);
  dialog.showModal();
  return () => {
    dialog.removeEventListener('close', stay);
    dialog.close();
    // By now it is out of the page, so that the browser does not do it.
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
}
