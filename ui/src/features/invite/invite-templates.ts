import type { InviteTemplates } from '../../backend/generated';
import { t } from '../../i18n/i18n.svelte';

/** The text around the copied invite. The backend puts the links in. */
export function inviteTemplates(): InviteTemplates {
  return {
    app: t('invite.text.app'),
    app_and_downloads: t('invite.text.app_and_downloads'),
    web: t('invite.text.web'),
  };
}
