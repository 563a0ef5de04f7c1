/** Elements that take the text that is dropped on them. */
const FIELDS = 'input, textarea, [contenteditable]';

/**
 * Keeps the page where it is: a browser would open a link or a file that is dropped on it. Text may be dropped into a
 * field. Returns how to end it.
 */
export function refuseDrops(): () => void {
  const abort = new AbortController();
  const options = { capture: true, signal: abort.signal };
  for (const name of ['dragenter', 'dragover', 'drop'] as const)
    window.addEventListener(name, refuse, options);
  return () => abort.abort();
}

function refuse(event: DragEvent): void {
  const field = event.target instanceof Element && event.target.closest(FIELDS);
  const kinds = event.dataTransfer?.types ?? [];
  if (field && !kinds.includes('Files') && !kinds.includes('text/uri-list')) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
}
