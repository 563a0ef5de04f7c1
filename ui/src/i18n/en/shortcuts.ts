import type { ActionGroup, ActionId } from '../../features/app-shell/actions';

const shortcuts = {
  title: 'Keyboard shortcuts',
  done: 'Done',
  held: 'hold {{key}}',
  space: 'Space',
  plain_off: 'Single-key shortcuts are turned off in the settings.',
  group: {
    you: 'You',
    room: 'The room',
    view: 'What you see',
  } satisfies Record<ActionGroup, string>,
  what: {
    mic: 'Mute or unmute',
    talk: 'Talk while muted',
    camera: 'Camera on or off',
    share: 'Share a screen',
    hand: 'Raise or lower a hand',
    reactions: 'React',
    chat: 'Chat',
    invite: 'Invite somebody',
    devices: 'Camera, microphone and speakers',
    connection: 'Connection check',
    settings: 'Settings',
    leave: 'Leave the call',
    layout: 'Change the layout',
    full_screen: 'Full screen',
    picture_in_picture: 'Picture in picture',
    sheet: 'This list',
  } satisfies Record<ActionId, string>,
};

export default shortcuts;
