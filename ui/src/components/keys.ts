/** Single-key shortcuts: they wait while somebody types, or while a dialog is open. */
export function keys(actions: Readonly<Record<string, () => void>>): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
  window.addEventListener('keydown', press);
  return () => {
    window.removeEventListener('keydown', press);
  };
}
