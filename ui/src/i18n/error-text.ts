import type { AppError, ErrorCode } from '../backend/generated';
import { currentLanguage, t } from './i18n.svelte';

/** Says what happened. An error about a server names it, if it is known. */
export function errorWhat(code: ErrorCode, host?: string | null): string {
  const server = host ? t('failed.server', { host }) : t('failed.any_server');
  return t(`error.${code}.what`, { server });
}

/** Says what happened and what to do next. */
export function errorText(error: AppError, host?: string): string {
  const gap = currentLanguage() === 'zh-CN' ? '' : ' ';
  return errorWhat(error.code, host) + gap + t(`error.${error.code}.next`);
}
