import type { Translations } from '../translations';

const desktop: Translations['desktop'] = {
  signs: '提示音与通知',
  signs_guest: '提示音',
  sounds: '提示音',
  sounds_hint: '有人进出、发消息或举手时，轻轻响一声。',
  notifications: '通知',
  notifications_hint: '会客厅不在最前面时，有人来了会通知你。',
  keys: '快捷键',
  keys_plain: '单键快捷键',
  keys_plain_hint: 'M 键静音，V 键开关摄像头，? 键查看全部。如果容易误按，或用语音控制电脑，可以关闭。',
  keys_on: '全局快捷键（在其他程序里也有效）',
  keys_on_hint: '只在通话期间有效。这段时间里，其他程序收不到这些按键。',
  keys_wayland: '你的桌面（Wayland）不允许程序监听其他窗口中的按键。只有会客厅或较老的程序在最前面时才有效。',
  keys_mute: '静音或取消静音',
  keys_talk: '静音时按住说话',
  keys_hint: '同时按下想用的键。',
  keys_invalid: '需要 Ctrl、Alt 或功能键，再加另一个键。',
  keys_same: '两个快捷键相同，或者这不是有效的按键。',
  tray: {
    in_call: '会客厅：通话中',
    muted: '会客厅：通话中，已静音',
    show: '显示',
    leave: '离开',
    quit: '退出',
  },
  entered: '{{name}}进来了',
};

export default desktop;
