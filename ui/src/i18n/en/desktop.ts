/** Sounds, notifications, the tray and global shortcuts. */
const desktop = {
  signs: 'Sounds and notifications',
  signs_guest: 'Sounds',
  sounds: 'Sounds',
  sounds_hint: 'A quiet sound when somebody comes, leaves, writes or raises a hand.',
  notifications: 'Notifications',
  notifications_hint: 'When somebody comes while Parlour is behind other windows.',
  keys: 'Shortcuts',
  keys_plain: 'Single-key shortcuts',
  keys_plain_hint:
    'M mutes, V is the camera, ? shows all. Turn off if keys are pressed by mistake or by voice control.',
  keys_on: 'Global shortcuts (work in other programs too)',
  keys_on_hint: 'During a call only. No other program hears these keys meanwhile.',
  keys_wayland:
    'Your desktop (Wayland) does not let a program see keys that are pressed in another. They work only while a window of Parlour, or an older program, is in front.',
  keys_mute: 'Mute or unmute',
  keys_talk: 'Talk while muted (hold)',
  keys_hint: 'Press the keys together.',
  keys_invalid: 'This needs Ctrl, Alt or a function key, and another key.',
  keys_same: 'Both shortcuts have the same keys, or this is none.',
  tray: {
    in_call: 'Parlour: in a call',
    muted: 'Parlour: in a call, muted',
    show: 'Show',
    leave: 'Leave',
    quit: 'Quit',
  },
  entered: '{{name}} came in',
};

export default desktop;
