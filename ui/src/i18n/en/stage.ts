/** Layouts, tiles and the menu *More*. */
const stage = {
  more: 'More',
  close: 'Close: {{title}}',
  more_about: 'More about {{name}}',
  pin: 'Pin',
  unpin: 'Unpin',
  mute_for_me: 'Mute for me',
  volume: 'Volume',
  check: 'Verify the connection',
  hide_me: 'Hide my picture',
  show_me: 'Show my picture',
  move: 'Move to the next corner',
  screen_of: "{{name}}'s screen",
  sharing: 'Is sharing a screen',
  muted_for_me: 'Muted for you',
  gone: '{{name}} is disconnected, waiting',
  layout: 'Layout',
  auto: 'Automatic',
  grid: 'Grid',
  speaker: 'Speaker',
  layout_now: 'Layout: {{layout}}',
  full_screen: 'Full screen',
  full_screen_off: 'Leave full screen',
  pip: 'Picture in picture',
  pip_off: 'Close picture in picture',
};

export default stage;
