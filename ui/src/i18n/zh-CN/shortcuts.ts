import type { Translations } from '../translations';

const shortcuts: Translations['shortcuts'] = {
  title: '键盘快捷键',
  done: '完成',
  held: '按住 {{key}}',
  space: '空格键',
  plain_off: '设置里关闭了单键快捷键。',
  group: {
    you: '你自己',
    room: '房间',
    view: '画面',
  },
  what: {
    mic: '静音或取消静音',
    talk: '静音时临时说话',
    camera: '打开或关闭摄像头',
    share: '共享屏幕',
    hand: '举手或放下',
    reactions: '表情回应',
    chat: '聊天',
    invite: '邀请',
    devices: '摄像头、麦克风和扬声器',
    connection: '连接检查',
    settings: '设置',
    leave: '离开通话',
    layout: '切换布局',
    full_screen: '全屏',
    picture_in_picture: '画中画',
    sheet: '显示这个列表',
  },
};

export default shortcuts;
