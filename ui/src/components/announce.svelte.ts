import { untrack } from 'svelte';

/** The text of the live region. */
class Announcement {
  text = $state('');
}

export const announcement = new Announcement();

let isMarked = false;
let timer: ReturnType<typeof setTimeout> | undefined;
/** A screen reader has said the text long before. Later a person who reads the page would take it for the present. */
const ANNOUNCEMENT_DURATION_MS = 10_000;

/** Lets a screen reader say the text. An invisible mark makes it say the same text twice in a row. */
export function announce(text: string): void {
  isMarked = untrack(() => announcement.text) === text && !isMarked;
  announcement.text = isMarked ? `${text}\u00a0` : text;
  clearTimeout(timer);
  timer = setTimeout(() => (announcement.text = ''), ANNOUNCEMENT_DURATION_MS);
}
