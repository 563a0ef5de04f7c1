import { describe, expect, it } from 'vitest';
import { aPeer } from '../backend/fake/views';
import type { ReliableMessage } from '../rtc/data-channel/messages';
import { Chat } from './chat.svelte';
import { Participant } from './participant.svelte';

const mei = new Participant(aPeer(1));
const jonas = new Participant(aPeer(2));
const message = (id: string, text = id): ReliableMessage => ({ type: 'chat', id: id.padEnd(8, '-'), text });

function aChat(pending: Participant[] = [], failed: Participant[] = []) {
  const sent: ReliableMessage[] = [];
  const chat = new Chat((message) => {
    sent.push(message);
    return { pending, failed };
  });
  const nth = (n: number) => {
    const message = chat.messages[n];
    if (!message) throw new Error(`message ${n} is missing`);
    return message;
  };
  return { chat, sent, nth };
}

describe('our messages', () => {
  it('are shown and sent as cleaned text', () => {
    const { chat, sent } = aChat();
    expect(chat.send('  hello\r\nyou ')).toBe(true);
    expect(sent).toMatchObject([{ type: 'chat', text: 'hello\nyou' }]);
    expect(chat.messages).toMatchObject([{ from: null, text: 'hello\nyou', id: sent[0]?.id }]);
    expect(chat.unread).toBe(0);
  });

  it('are not sent when they are empty', () => {
    const { chat, sent } = aChat();
    expect(chat.send(' \n')).toBe(false);
    expect(sent).toEqual([]);
  });

  it('are pending for each participant until it acknowledges, and failed for one that leaves before', () => {
    const { chat, sent, nth } = aChat([mei, jonas]);
    chat.send('one');
    chat.send('two');
    expect(nth(0).pendingFor).toEqual([mei, jonas]);
    chat.onDelivered(mei, sent[0] ?? message(''));
    chat.onDelivered(mei, message('of somebody else'));
    expect([nth(0).pendingFor, nth(1).pendingFor]).toEqual([[jonas], [mei, jonas]]);
    chat.onLeave(jonas);
    expect(nth(0)).toMatchObject({ pendingFor: [], failedFor: [jonas] });
    expect(nth(1)).toMatchObject({ pendingFor: [mei], failedFor: [jonas] });
    // A participant that comes back under its id receives what was pending.
    chat.onDelivered(new Participant(aPeer(2)), sent[0] ?? message(''));
    expect(nth(0).failedFor).toEqual([]);
  });

  it('are failed for a participant whose queue is full', () => {
    const { chat, nth } = aChat([mei], [jonas]);
    chat.send('one');
    expect(nth(0)).toMatchObject({ pendingFor: [mei], failedFor: [jonas] });
  });
});

describe('messages of others', () => {
  it('are unread while the panel is closed, and read when it opens', () => {
    const { chat } = aChat();
    chat.onMessage(mei, message('one'));
    chat.onMessage(jonas, message('two'));
    expect(chat).toMatchObject({ unread: 2, latest: { name: 'Jonas', text: 'two' } });
    chat.open = true;
    expect(chat.unread).toBe(0);
    chat.onMessage(mei, message('three'));
    expect(chat).toMatchObject({ unread: 0, latest: { text: 'three' } });
    expect(chat.messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('are shown once if they come twice; two senders may use the same id', () => {
    const { chat } = aChat();
    chat.onMessage(mei, message('one'));
    chat.onMessage(mei, message('one', 'again'));
    chat.onMessage(jonas, message('one', 'mine'));
    expect(chat.messages.map(({ text }) => text)).toEqual(['one', 'mine']);
    expect(chat.unread).toBe(2);
  });

  it('keep the name that the sender had', () => {
    const { chat } = aChat();
    chat.onMessage(mei, message('one'));
    chat.onLeave(mei);
    expect(chat.messages).toMatchObject([{ name: 'Mei' }]);
  });

  it('are bounded in number', () => {
    const { chat } = aChat();
    for (let n = 0; n < 1_100; n += 1) chat.onMessage(mei, message(`${n}`));
    expect(chat.messages).toHaveLength(1_000);
    expect(chat.messages.at(-1)?.text).toBe('1099');
  });
});
