/** Opens a modal dialog, and returns the focus when it is removed. */
export function showModal(dialog: HTMLDialogElement): () => void {
  const previousFocus = document.activeElement;
  // A second Escape closes the dialog without a cancelable event. It stays open until it is answered.
  const reopen = (): void => dialog.showModal();
  dialog.addEventListener('close', reopen);
  dialog.showModal();
  // The focus is on a button at the end, and a long text is read from its beginning.
  dialog.scrollTop = 0;
  return () => {
    dialog.removeEventListener('close', reopen);
    dialog.close();
    // The browser does not return the focus, as the dialog is out of the page by now.
    if (previousFocus instanceof HTMLElement) previousFocus.focus({ preventScroll: true });
  };
}
