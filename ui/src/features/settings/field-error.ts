import { t } from '../../i18n/i18n.svelte';

const KNOWN = [
  'name',
  'address',
  'access_token',
  'invite_page',
  'relays',
  'urls',
  'username',
  'credential',
  'stun_servers',
] as const;

/** The text under a field that the backend has refused. */
export function fieldError(answered: string | null, field: string): string | null {
  if (answered !== field) return null;
  const last = field.split('.').at(-1);
  const known = KNOWN.find((name) => name === last);
  return t(`settings.invalid.${known ?? 'other'}`);
}
