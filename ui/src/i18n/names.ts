import { t } from './i18n.svelte';

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** The app gives the second person without a name a number alone: ` (2)`. No other name begins with a space. */
export const isUnnamed = (name: string): boolean => name === '' || name.startsWith(' (');

/** A name that stands alone: never empty. */
export const shownName = (name: string): string => (isUnnamed(name) ? t('person.unnamed') + name : name);

/** A name for a sentence: never empty, and isolated if it is written from right to left. */
export function displayName(name: string): string {
  const shown = shownName(name);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/** A sentence about one person, about two, or about one and a number of others. */
export function sentenceAbout(
  names: readonly string[],
  one: (name: string) => string,
  two: (name: string, other: string) => string,
  more: (name: string, count: number) => string,
): string {
  const [first = '', second = ''] = names.map(displayName);
  if (names.length <= 1) return one(first);
  return names.length === 2 ? two(first, second) : more(first, names.length - 1);
}
