import { untrack } from 'svelte';

/** The text of the live region. */
class Announcement {
  text = $state('');
}

export const announcement = new Announcement();

let isMarked = false;

/** Lets a screen reader say the text. An invisible mark makes it say the same text twice in a row. */
export function announce(text: string): void {
  isMarked = untrack(() => announcement.text) === text && !isMarked;
  announcement.text = isMarked ? `${text}\u00a0` : text;
}
