/** Opens a modal dialog, and returns the focus when it is removed. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  // A second Escape closes the dialog without a cancelable event. It stays open until it is answered.
  const stay = (): void => dialog.showModal();
  dialog.addEventListener('close', stay);
  dialog.showModal();
  return () => {
    dialog.removeEventListener('close', stay);
    dialog.close();
    // The browser does not return the focus, as the dialog is out of the page by now.
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
}
