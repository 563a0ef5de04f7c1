import type { Translations } from '../translations';

const rejoin: Translations['rejoin'] = {
  host_lost: '房主暂时离线。通话不受影响，但在房主回来之前，新的人无法加入。',
  host_left: '房主已经离开。通话不受影响，但新的人无法加入。',
  host_away_relays: '房主已不在线。通话不受影响，正在联系中继，让新的人能再加入。',
  what: {
    cut_off: '上次通话意外中断了。',
    left: '你已离开房间，几分钟内可以一键返回。',
  },
  back: '回到房间',
  forget: '不用了',
};

export default rejoin;
