import { describe, expect, it } from 'vitest';
import type { Post } from '../rtc/notes';
import { Chat } from './chat.svelte';

const MEI = 'a'.repeat(32);
const BEN = 'b'.repeat(32);
const post = (id: string, text = id): Post => ({ type: 'chat', id: id.padEnd(8, '-'), text });

function aChat(reached: string[] = []) {
  const sent: Post[] = [];
  const chat = new Chat({
    post: (post) => {
      sent.push(post);
      return reached;
    },
  });
  return { chat, sent };
}

describe('what one says', () => {
  it('is shown and sent, cleaned', () => {
    const { chat, sent } = aChat();
    expect(chat.say('  hello\r\nyou ')).toBe(true);
    expect(sent).toMatchObject([{ type: 'chat', text: 'hello\nyou' }]);
    expect(chat.messages).toMatchObject([{ from: null, text: 'hello\nyou', id: sent[0]?.id }]);
    expect(chat.unread).toBe(0);
  });

  it('is nothing if it is nothing', () => {
    const { chat, sent } = aChat();
    expect(chat.say(' \n')).toBe(false);
    expect(sent).toEqual([]);
  });

  it('waits for each of the others until it has arrived there, or they left', () => {
    const { chat } = aChat([MEI, BEN]);
    chat.say('one');
    chat.say('two');
    const [one, two] = chat.messages;
    if (!one || !two) throw new Error('nothing was said');
    expect(one.waitsFor).toEqual([MEI, BEN]);
    chat.arrived(MEI, one.id);
    chat.arrived(MEI, 'of somebody else');
    expect(one.waitsFor).toEqual([BEN]);
    expect(two.waitsFor).toEqual([MEI, BEN]);
    chat.left(BEN);
    expect(one.waitsFor).toEqual([]);
    expect(two.waitsFor).toEqual([MEI]);
  });
});

describe('what others say', () => {
  it('is counted while the panel is closed, and read when it opens', () => {
    const { chat } = aChat();
    chat.hear(MEI, 'Mei', post('one'));
    chat.hear(BEN, 'Ben', post('two'));
    expect(chat).toMatchObject({ unread: 2, latest: { name: 'Ben', text: 'two' } });
    chat.open = true;
    expect(chat).toMatchObject({ unread: 0, latest: null });
    chat.hear(MEI, 'Mei', post('three'));
    expect(chat).toMatchObject({ unread: 0, latest: null });
    expect(chat.messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('is shown once, also if it comes twice; another may have the same id', () => {
    const { chat } = aChat();
    chat.hear(MEI, 'Mei', post('one'));
    chat.hear(MEI, 'Mei', post('one', 'again'));
    chat.hear(BEN, 'Ben', post('one', 'mine'));
    expect(chat.messages.map(({ text }) => text)).toEqual(['one', 'mine']);
    expect(chat.unread).toBe(2);
  });

  it('keeps the name that it was said under', () => {
    const { chat } = aChat();
    chat.hear(MEI, 'Mei', post('one'));
    chat.left(MEI);
    expect(chat.messages).toMatchObject([{ name: 'Mei' }]);
  });

  it('is forgotten in the end', () => {
    const { chat } = aChat();
    for (let n = 0; n < 1_100; n += 1) chat.hear(MEI, 'Mei', post(`${n}`));
    expect(chat.messages).toHaveLength(1_000);
    expect(chat.messages.at(-1)?.text).toBe('1099');
    chat.clear();
    expect(chat).toMatchObject({ messages: [], unread: 0, latest: null });
  });
});
