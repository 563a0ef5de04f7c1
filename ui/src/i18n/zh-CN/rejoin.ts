import type { Translations } from '../translations';

const rejoin: Translations['rejoin'] = {
  host_lost: '主持这个房间的人暂时不在。通话不受影响，但要等 TA 回来，别人才能加入。',
  what: '上次通话意外中断了。',
  back: '回到房间',
  forget: '不用了',
};

export default rejoin;
