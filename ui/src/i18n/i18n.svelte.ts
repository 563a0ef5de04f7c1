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

export function setLanguage(choice: Language, system: readonly string[] = navigator.languages): void {
  const next = choice === 'system' ? closestTo(system) : choice;
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

/** Translates a key. Reactive. */
export const t = ((...args: Parameters<typeof i18next.t>) => {
  const text = i18next.t(...args) as unknown;
  return language === 'zh-CN' && typeof text === 'string' ? withGaps(text) : text;
}) as typeof i18next.t;

/** Chinese typography has a thin gap between Han characters and Latin letters or digits, as in names. */
function withGaps(text: string): string {
  return text
    .replace(/(\p{Script=Han})([A-Za-z0-9])/gu, '$1 $2')
    .replace(/([A-Za-z0-9.])(\p{Script=Han})/gu, '$1 $2');
}
