import type { Words } from '../words';

const talk: Words['talk'] = {
  chat: '聊天',
  unread_other: '{{count}} 条新消息',
  messages: '消息',
  message: '消息',
  placeholder: '写给在场的每个人',
  alone: '这里还没有别人',
  send: '发送',
  empty: '还没有人写过什么',
  empty_what: '你写的内容会发给现在在场的每个人。后来的人只能看到之后的消息。',
  kept_nowhere: '通话结束后，这些内容不会保留。',
  waits_1: '等待送达{{name}}',
  waits_2: '等待送达{{name}}和{{other}}',
  waits_more_other: '等待送达{{name}}和另外 {{count}} 人',
  missed_1: '{{name}}没有收到',
  missed_2: '{{name}}和{{other}}没有收到',
  missed_more_other: '{{name}}和另外 {{count}} 人没有收到',
  newer: '新消息',
  said: '{{name}}说：{{text}}',
  react: '表情回应',
  reacts: '{{name}}：{{reaction}}',
  reaction: {
    thumbs_up: '点赞',
    heart: '爱心',
    clap: '鼓掌',
    laugh: '大笑',
    wow: '哇',
    party: '庆祝',
  },
  raise: '举手',
  lower: '把手放下',
  hand: '举手中',
  hand_nth: '举手中，第 {{place}} 位',
  raised: '{{name}}举手了',
};

export default talk;
