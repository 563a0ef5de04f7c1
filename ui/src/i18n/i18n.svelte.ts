import i18next from 'i18next';
import type { Language } from '../backend/generated';
import en from './en';
import zh from './zh-CN';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof en };
  }
}

export type UiLanguage = Exclude<Language, 'system'>;

void i18next.init({
  lng: 'en',
  fallbackLng: 'en',
  defaultNS: 'words',
  resources: { en: { words: en }, 'zh-CN': { words: zh } },
  interpolation: { escapeValue: false },
  initAsync: false,
  showSupportNotice: false,
});

let language = $state<UiLanguage>('en');

export function currentLanguage(): UiLanguage {
  return language;
}

export function setLanguage(choice: Language, system?: readonly string[]): void {
  const next = choice === 'system' ? closestTo(system ?? navigator.languages) : choice;
  void i18next.changeLanguage(next);
  language = next;
}

function closestTo(system: readonly string[]): UiLanguage {
  for (const language of system) {
    if (/^zh\b/i.test(language)) return 'zh-CN';
    if (/^en\b/i.test(language)) return 'en';
  }
  return 'en';
}

/** A guest's page has other words for some things: those under `<key>_guest`. Set before the first view. */
let isGuestPage = false;

export function useGuestWords(): void {
  isGuestPage = true;
}

/** Marks where a value stands in a sentence. Private use, so no text of ours has it. */
const MARK = '\uE000';

/** Translates a key. Reactive. */
export const t = ((...[keys, options]: [never, Record<string, unknown> | undefined]) => {
  if (language !== 'zh-CN' || typeof options === 'string')
    return i18next.t(keys, withContext(options) as never) as unknown;
  const text = i18next.t(keys, withContext(markValues(options)) as never) as unknown;
  return typeof text === 'string' ? withGaps(text) : text;
}) as typeof i18next.t;

const withContext = (options: Record<string, unknown> | undefined): Record<string, unknown> | undefined =>
  isGuestPage ? { ...options, context: 'guest' } : options;

function markValues(options: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!options) return undefined;
  const marked = Object.entries(options).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'string' ? MARK + value.replaceAll(MARK, '') + MARK : value,
  ]);
  return Object.fromEntries(marked);
}

/**
 * Chinese typography has a thin gap between Han characters and Latin letters or digits. A value, such as a person's
 * name, gets one around it, but stays as it was written.
 */
function withGaps(text: string): string {
  return text.split(MARK).reduce((before, part, index) => {
    const isValue = index % 2 === 1;
    const gap = gapBetween(before.slice(-1) + part.slice(0, 1));
    return before + (gap ? ' ' : '') + (isValue ? part : withInnerGaps(part));
  }, '');
}

const gapBetween = (pair: string): boolean =>
  /^\p{Script=Han}[A-Za-z0-9]$|^[A-Za-z0-9.]\p{Script=Han}$/u.test(pair);

const withInnerGaps = (text: string): string =>
  text
    .replace(/(\p{Script=Han})([A-Za-z0-9])/gu, '$1 $2')
    .replace(/([A-Za-z0-9.])(\p{Script=Han})/gu, '$1 $2');
