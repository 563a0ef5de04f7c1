import type { AppError } from '../backend/bindings';
import { t } from '../i18n/i18n.svelte';

/** What happened and what to do next, as one text. */
export function sentence(error: AppError): string {
  return `${t(`error.${error.code}.what`)} ${t(`error.${error.code}.next`)}`;
}
