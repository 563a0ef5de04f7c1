import Hand from '@lucide/svelte/icons/hand';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import ScreenShare from '@lucide/svelte/icons/screen-share';
import ScreenShareOff from '@lucide/svelte/icons/screen-share-off';
import type { Call } from '../../../call/call.svelte';
import { t } from '../../../i18n/i18n.svelte';
import type { Action } from './actions';
import type { Overlays } from '../overlays.svelte';

/** What people can do to tell each other something besides talking. Alone there is nobody to tell it. */
export function talkActions(call: Call, overlays: Overlays): Action[] {
  const { chat, raisedHands: hands, screenShare: screen } = call;
  const company = call.participants.length > 0;
  const chatting = overlays.sidePanel === 'chat';
  const shares = screen.stream !== null;
  const actions: Action[] = [];
  if (company || shares) {
    actions.push({
      label: t(shares ? 'talk.stop_sharing' : 'talk.share'),
      shortcut: 'share',
      icon: shares ? ScreenShareOff : ScreenShare,
      tone: shares ? 'lit' : 'on',
      rank: 3,
      act: () => {
        screen.toggle();
      },
    });
  }
  if (company || chat.messages.length > 0) {
    actions.push({
      label: t('talk.chat'),
      shortcut: 'chat',
      icon: MessageCircle,
      tone: chatting ? 'lit' : 'on',
      expanded: chatting,
      count: chat.unread,
      rank: 2,
      act: () => (overlays.sidePanel = chatting ? null : 'chat'),
    });
  }
  if (company || hands.isRaised) {
    actions.push({
      label: t(hands.isRaised ? 'talk.lower' : 'talk.raise'),
      shortcut: 'hand',
      icon: Hand,
      tone: hands.isRaised ? 'lit' : 'on',
      rank: 4,
      act: () => {
        hands.toggle();
      },
    });
  }
  return actions;
}
