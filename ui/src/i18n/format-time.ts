import { currentLanguage } from './i18n.svelte';

/** In the language of the UI, with twelve or twenty-four hours as the system has it. */
export function formatTime(at: number): string {
  const { hourCycle } = new Intl.DateTimeFormat(navigator.language, { hour: 'numeric' }).resolvedOptions();
  const options = { hour: 'numeric', minute: '2-digit', ...(hourCycle && { hourCycle }) } as const;
  return new Intl.DateTimeFormat(currentLanguage(), options).format(at);
}
