import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from './messages';

describe('readMessage', () => {
  it('reads the state of a peer, and only the known fields', () => {
    const state = { type: 'state', mic: true, camera: false, screen: true, hand: false };
    expect(readMessage(JSON.stringify({ ...state, more: 1 }))).toEqual(state);
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
