import { untrack } from 'svelte';

/** What a screen reader says next, without moving the focus. */
class Announcement {
  text = $state('');
}

export const announcement = new Announcement();

let again = false;

/** Say it politely. The same sentence twice in a row is said twice: an invisible mark makes it new. */
export function announce(text: string): void {
  again = untrack(() => announcement.text) === text && !again;
  announcement.text = again ? `${text}\u00a0` : text;
}
