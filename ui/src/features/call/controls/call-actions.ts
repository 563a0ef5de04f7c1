import Activity from '@lucide/svelte/icons/activity';
import Hand from '@lucide/svelte/icons/hand';
import Keyboard from '@lucide/svelte/icons/keyboard';
import LogOut from '@lucide/svelte/icons/log-out';
import Maximize from '@lucide/svelte/icons/maximize';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import Minimize from '@lucide/svelte/icons/minimize';
import PictureInPicture2 from '@lucide/svelte/icons/picture-in-picture-2';
import ScreenShare from '@lucide/svelte/icons/screen-share';
import ScreenShareOff from '@lucide/svelte/icons/screen-share-off';
import Settings from '@lucide/svelte/icons/settings';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import SmilePlus from '@lucide/svelte/icons/smile-plus';
import UserPlus from '@lucide/svelte/icons/user-plus';
import type { Component } from 'svelte';
import type { App } from '../../../call/app.svelte';
import type { Call } from '../../../call/call.svelte';
import { announce } from '../../../components/announce.svelte';
import { t } from '../../../i18n/i18n.svelte';
import type { Action } from '../../app-shell/actions';
import { runShortcut } from '../../app-shell/shortcut-registry.svelte';
import { mediaActions } from '../../devices/media-actions';
import type { Overlays } from '../overlays.svelte';
import type { ViewPreferences } from '../view-preferences.svelte';
import type { FullScreen } from './full-screen.svelte';
import { LAYOUT_ICONS } from './layout-icons';

/** An action with a button in the bar or in its menus. */
export interface CallAction extends Action {
  /** The action of the button in the present state. */
  readonly label: string;
  readonly icon: Component<{ size?: number | string }>;
  readonly run: (() => void) | null;
  /** Beside the people's actions, beside the room's, in the menu of the view, or at the end of the bar. */
  readonly place: 'people' | 'room' | 'view' | 'end';
  /** Its place in the bar (`layout/control-bar`); without one it is always in the menu. */
  readonly rank?: number;
  readonly tone?: 'normal' | 'starting' | 'active' | 'off' | 'missing' | 'danger';
  /** Whether what it opens is open. */
  readonly expanded?: boolean;
  readonly opensDialog?: boolean;
  /** Unread messages. */
  readonly count?: number;
}

export interface CallActionContext {
  readonly app: App;
  readonly call: Call;
  readonly overlays: Overlays;
  readonly preferences: ViewPreferences;
  readonly fullScreen: FullScreen;
  readonly pip: { readonly on: boolean; readonly isSupported: boolean; toggle: () => void };
  readonly openReactions: () => void;
}

/**
 * Everything that can be done in a call, in the order of the bar; the keys are in `ACTIONS`. Actions that need others
 * are left out while the person is alone, and actions that the platform does not have always.
 */
export function callActions(context: CallActionContext): CallAction[] {
  const { app, call, overlays, preferences, fullScreen, pip } = context;
  const { chat, raisedHands, screenShare } = call;
  const hasCompany = call.participants.length > 0;
  const isSharing = screenShare.stream !== null;
  const isChatOpen = overlays.sidePanel === 'chat';
  const [mic, camera] = mediaActions(call.media);
  const actions: (CallAction | false)[] = [
    { ...mic, place: 'people', rank: 0 },
    { ...camera, place: 'people', rank: 0 },
    (hasCompany || isSharing) && {
      id: 'share',
      label: t(isSharing ? 'activity.stop_sharing' : 'activity.share'),
      icon: isSharing ? ScreenShareOff : ScreenShare,
      tone: isSharing ? 'active' : 'normal',
      place: 'people',
      rank: 3,
      run: screenShare.toggle,
    },
    (hasCompany || chat.messages.length > 0) && {
      id: 'chat',
      label: t('activity.chat'),
      icon: MessageCircle,
      tone: isChatOpen ? 'active' : 'normal',
      expanded: isChatOpen,
      count: chat.unread,
      place: 'people',
      rank: 2,
      run: () => (overlays.sidePanel = isChatOpen ? null : 'chat'),
    },
    (hasCompany || raisedHands.isRaised) && {
      id: 'hand',
      label: t(raisedHands.isRaised ? 'activity.lower' : 'activity.raise'),
      icon: Hand,
      tone: raisedHands.isRaised ? 'active' : 'normal',
      place: 'people',
      rank: 4,
      run: () => raisedHands.toggle(),
    },
    hasCompany && {
      id: 'reactions',
      label: t('activity.react'),
      icon: SmilePlus,
      place: 'people',
      rank: 0,
      run: context.openReactions,
    },
    // Alone, the person has the invite in front of them.
    hasCompany && {
      id: 'invite',
      label: t('invite.show'),
      icon: UserPlus,
      opensDialog: true,
      place: 'room',
      rank: 5,
      run: () => (overlays.dialog = 'invite'),
    },
    hasCompany && {
      id: 'layout',
      label: t('stage.layout'),
      icon: LAYOUT_ICONS[preferences.layoutMode],
      place: 'view',
      run: () => announce(t('stage.layout_now', { layout: t(`stage.${preferences.nextLayoutMode()}`) })),
    },
    fullScreen.isSupported && {
      id: 'full_screen',
      label: t(fullScreen.on ? 'stage.full_screen_off' : 'stage.full_screen'),
      icon: fullScreen.on ? Minimize : Maximize,
      place: 'view',
      run: () => fullScreen.toggle(),
    },
    pip.isSupported && {
      id: 'picture_in_picture',
      label: t(pip.on ? 'stage.pip_off' : 'stage.pip'),
      icon: PictureInPicture2,
      place: 'view',
      run: () => pip.toggle(),
    },
    {
      id: 'devices',
      label: t('call.devices'),
      icon: SlidersHorizontal,
      opensDialog: true,
      place: 'room',
      run: () => (overlays.dialog = 'devices'),
    },
    {
      id: 'connection',
      label: t('doctor.title'),
      icon: Activity,
      opensDialog: true,
      place: 'room',
      run: () => runShortcut('connection'),
    },
    {
      id: 'settings',
      label: t('settings.title'),
      icon: Settings,
      opensDialog: true,
      place: 'room',
      run: () => runShortcut('settings'),
    },
    {
      id: 'sheet',
      label: t('shortcuts.title'),
      icon: Keyboard,
      opensDialog: true,
      place: 'room',
      run: () => runShortcut('sheet'),
    },
    {
      id: 'leave',
      label: t('call.leave'),
      icon: LogOut,
      tone: 'danger',
      place: 'end',
      run: () => void app.leave(),
    },
  ];
  return actions.filter((action) => action !== false);
}
