import type { AppError } from '../backend/bindings';
import { spoken, t } from './i18n.svelte';

/** What happened and what to do next. */
export function sentence(error: AppError): string {
  const gap = spoken() === 'zh-CN' ? '' : ' ';
  return t(`error.${error.code}.what`) + gap + t(`error.${error.code}.next`);
}
