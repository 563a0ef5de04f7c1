import Hand from '@lucide/svelte/icons/hand';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import type { Call } from '../call/call.svelte';
import { t } from '../i18n/i18n.svelte';
import type { Action } from './actions';
import type { Opened } from './opened.svelte';

/** What people can do to tell each other something besides talking. Alone there is nobody to tell it. */
export function talkActions(call: Call, opened: Opened): Action[] {
  const { chat, hands } = call;
  const company = call.participants.length > 0;
  const chatting = opened.side === 'chat';
  const actions: Action[] = [];
  if (company || chat.messages.length > 0) {
    actions.push({
      label: t('talk.chat'),
      shortcut: 'chat',
      icon: MessageCircle,
      tone: chatting ? 'lit' : 'on',
      expanded: chatting,
      count: chat.unread,
      rank: 2,
      act: () => (opened.side = chatting ? null : 'chat'),
    });
  }
  if (company || hands.mine) {
    actions.push({
      label: t(hands.mine ? 'talk.lower' : 'talk.raise'),
      shortcut: 'hand',
      icon: Hand,
      tone: hands.mine ? 'lit' : 'on',
      rank: 4,
      act: () => {
        hands.toggle();
      },
    });
  }
  return actions;
}
