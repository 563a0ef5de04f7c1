import type { AppError } from '../backend/generated';
import { currentLanguage, t } from './i18n.svelte';

/** Says what happened and what to do next. */
export function errorText(error: AppError): string {
  const gap = currentLanguage() === 'zh-CN' ? '' : ' ';
  return t(`error.${error.code}.what`) + gap + t(`error.${error.code}.next`);
}
