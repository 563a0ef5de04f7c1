import { describe, expect, it } from 'vitest';
import { ACTION_IDS, actionOf, keyOf } from './actions';

const press = (key: string, code = '', over: Partial<KeyboardEvent> = {}) =>
  actionOf({ key, code, altKey: false, ctrlKey: false, metaKey: false, ...over });

describe('the keys of actions', () => {
  it('are all different', () => {
    expect(new Set(ACTION_IDS.map(keyOf)).size).toBe(ACTION_IDS.length);
  });

  it('match the character that the key types, in either case', () => {
    expect(press('m', 'KeyM')).toBe('mic');
    expect(press('M', 'KeyM')).toBe('mic');
    expect(press(' ', 'Space')).toBe('talk');
    expect(press('?', 'Slash')).toBe('sheet');
    expect(press('？', 'Slash')).toBe('sheet');
    // On a Dvorak keyboard M is at another place.
    expect(press('m', 'KeyM')).toBe('mic');
    expect(press('b', 'KeyM')).toBeUndefined();
  });

  it('match the place of the key where it types no Latin letter', () => {
    expect(press('ь', 'KeyM')).toBe('mic');
    expect(press('œ', 'KeyQ', { altKey: true })).toBe('leave');
    expect(press('q', 'KeyQ', { altKey: true })).toBe('leave');
  });

  it('ignore the shortcuts of the browser and the system', () => {
    expect(press('c', 'KeyC', { ctrlKey: true })).toBeUndefined();
    expect(press('m', 'KeyM', { metaKey: true })).toBeUndefined();
    expect(press('m', 'KeyM', { altKey: true })).toBeUndefined();
    expect(press('q', 'KeyQ')).toBeUndefined();
  });
});
