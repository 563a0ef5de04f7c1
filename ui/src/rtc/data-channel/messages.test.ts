import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CHAT_LENGTH } from '../../types';
import { newChatMessage, readEphemeralMessage, readMessage, readReliableMessage } from './messages';

const id = '0123-abcd-4567';

describe('readMessage', () => {
  it('reads the state of a peer, and only the known fields', () => {
    const state = { type: 'state', mic: true, camera: false, screen: true, hand: false };
    expect(readMessage(JSON.stringify({ ...state, more: 1 }))).toEqual(state);
  });

  it('reads the sizes that a peer wishes for, and only whole numbers of pixels up to a bound', () => {
    const wish = { type: 'video_wish', camera: { width: 1, height: 16_384 }, screen: null };
    const more = { ...wish, camera: { ...wish.camera, more: 1 }, more: 1 };
    expect(readMessage(JSON.stringify(more))).toEqual(wish);
    const nothing = { type: 'video_wish', camera: null, screen: null };
    expect(readMessage(JSON.stringify(nothing))).toEqual(nothing);
    for (const side of [0, -1, 1.5, 16_385, '640', null, undefined, [640]]) {
      for (const wrong of [
        { ...wish, camera: { width: side, height: 360 } },
        { ...wish, camera: { width: 640, height: side } },
        { ...wish, screen: { width: side, height: 360 } },
      ]) {
        expect(readMessage(JSON.stringify(wrong))).toBe('message_invalid');
      }
    }
    for (const wrong of [undefined, 640, true, 'whole', []]) {
      expect(readMessage(JSON.stringify({ ...wish, camera: wrong }))).toBe('message_invalid');
      expect(readMessage(JSON.stringify({ ...wish, screen: wrong }))).toBe('message_invalid');
    }
  });

  it('reads reactions and reliable messages; one that cannot be read keeps its number', () => {
    const note = { type: 'note', note: { type: 'reaction', emoji: 'heart' } };
    expect(readMessage(JSON.stringify(note))).toEqual(note);
    const post = { type: 'post', n: 1, post: { type: 'chat', id: 'somebody', text: 'Hello' } };
    expect(readMessage(JSON.stringify(post))).toEqual(post);
    const longest = { ...post, post: { ...post.post, text: '\\'.repeat(4_000) } };
    expect(readMessage(JSON.stringify(longest))).toEqual(longest);
    for (const wrong of [
      null,
      { ...post.post, text: 'x'.repeat(4_001) },
      { ...post.post, id: 1 },
      { type: 'later' },
    ]) {
      expect(readMessage(JSON.stringify({ ...post, post: wrong }))).toEqual({ ...post, post: null });
    }
  });

  it('reads the messages of the safety check and reports every invalid one', () => {
    const bytes = '0123456789abcdef'.repeat(4);
    const commit = { type: 'commit', hash: bytes };
    const reveal = { type: 'reveal', nonce: bytes };
    expect(readMessage(JSON.stringify({ ...commit, more: 1 }))).toEqual(commit);
    expect(readMessage(JSON.stringify(reveal))).toEqual(reveal);
    for (const wrong of [
      undefined,
      7,
      '',
      bytes.slice(1),
      bytes + '0',
      bytes.toUpperCase(),
      ` ${bytes}`,
      [bytes],
    ]) {
      expect(readMessage(JSON.stringify({ ...commit, hash: wrong }))).toBe('safety_invalid');
      expect(readMessage(JSON.stringify({ ...reveal, nonce: wrong }))).toBe('safety_invalid');
    }
  });

  it('ignores messages that only a newer version knows', () => {
    expect(readMessage('{"type":"wave"}')).toBeNull();
    expect(readMessage('{"type":"note","note":{"type":"reaction","emoji":"dodo"}}')).toBeNull();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.json()), (data) => void readMessage(data)));
  });

  it.each([
    '',
    '[]',
    'null',
    '{"type":"state","mic":1,"camera":true,"screen":false,"hand":false}',
    '{"type":"got","n":0}',
    `"${'x'.repeat(33_000)}"`,
    new ArrayBuffer(8),
  ])('refuses %j', (data) => expect(readMessage(data)).toBe('message_invalid'));
});

describe('a reliable message', () => {
  it('is read as it was made', () => {
    const post = newChatMessage('  hello ');
    expect(post).toMatchObject({ type: 'chat', text: 'hello' });
    expect(readReliableMessage(JSON.parse(JSON.stringify(post)))).toEqual(post);
  });
  it('is not made of an empty text', () => expect(newChatMessage(' \n ')).toBeNull());
  it('is bounded in length', () => {
    expect(readReliableMessage({ type: 'chat', id, text: 'x'.repeat(MAX_CHAT_LENGTH) })).not.toBeNull();
    expect(readReliableMessage({ type: 'chat', id, text: 'x'.repeat(MAX_CHAT_LENGTH + 1) })).toBeNull();
  });
  it.each([
    null,
    'chat',
    { type: 'file', id, text: 'x' },
    { type: 'chat', id: 'short', text: 'x' },
    { type: 'chat', id: '<img src=x>', text: 'x' },
    { type: 'chat', id: id.repeat(9), text: 'x' },
    { type: 'chat', id, text: { toString: 'x' } },
    { type: 'chat', id, text: '' },
  ])('is not read from %j', (raw) => expect(readReliableMessage(raw)).toBeNull());
  it('is read from any value without an exception', () => {
    fc.assert(fc.property(fc.anything(), (raw) => void readReliableMessage(raw)));
  });
});

describe('an ephemeral message', () => {
  it('is one of the known reactions', () => {
    expect(readEphemeralMessage({ type: 'reaction', emoji: 'heart', extra: 1 })).toEqual({
      type: 'reaction',
      emoji: 'heart',
    });
  });
  it.each([
    null,
    7,
    { type: 'reaction', emoji: '💣' },
    { type: 'chat', emoji: 'heart' },
    { type: 'reaction' },
  ])('is not read from %j', (raw) => expect(readEphemeralMessage(raw)).toBeNull());
});
