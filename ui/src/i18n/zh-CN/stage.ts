import type { Translations } from '../translations';

const stage: Translations['stage'] = {
  more: '更多',
  close: '关闭：{{title}}',
  more_about: '{{name}}的更多选项',
  pin: '固定',
  unpin: '取消固定',
  mute_for_me: '仅我这边静音',
  volume: '音量',
  check: '安全核对',
  hide_me: '隐藏我的画面',
  show_me: '显示我的画面',
  move: '移到下一个角落',
  screen_of: '{{name}}的屏幕',
  sharing: '正在共享屏幕',
  guest: '访客：用浏览器加入，没有使用会客厅',
  muted_for_me: '已被你静音',
  gone: '{{name}}已掉线，等待重新连接',
  layout: '布局',
  auto: '自动',
  grid: '宫格',
  speaker: '发言者',
  layout_now: '布局：{{layout}}',
  full_screen: '全屏',
  full_screen_off: '退出全屏',
  pip: '画中画',
  pip_off: '关闭画中画',
};

export default stage;
