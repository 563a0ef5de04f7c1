import type { Words } from '../words';

const stage: Words['stage'] = {
  more: '更多',
  close: '关闭：{{title}}',
};

export default stage;
