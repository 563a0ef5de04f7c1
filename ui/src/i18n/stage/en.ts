/** The words of the call's frame: layouts, tiles, and what lies behind *More*. */
const stage = {
  more: 'More',
  close: 'Close: {{title}}',
};

export default stage;
