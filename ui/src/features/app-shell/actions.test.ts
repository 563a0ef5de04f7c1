import { describe, expect, it } from 'vitest';
import { ACTIONS, actionOf, keyOf } from './actions';

const press = (key: string, code = '', over: Partial<KeyboardEvent> = {}) =>
  actionOf({ key, code, altKey: false, ctrlKey: false, metaKey: false, ...over });

describe('shortcuts', () => {
  it('have a key each', () => {
    expect(new Set(ACTIONS.map(keyOf)).size).toBe(ACTIONS.length);
  });

  it('are found by what the key writes, in either case', () => {
    expect(press('m', 'KeyM')).toBe('mic');
    expect(press('M', 'KeyM')).toBe('mic');
    expect(press(' ', 'Space')).toBe('talk');
    expect(press('?', 'Slash')).toBe('sheet');
    expect(press('？', 'Slash')).toBe('sheet');
    // On a Dvorak keyboard M is where it is written.
    expect(press('m', 'KeyM')).toBe('mic');
    expect(press('b', 'KeyM')).toBeUndefined();
  });

  it('are found by the place of the key where it writes no Latin letter', () => {
    expect(press('ь', 'KeyM')).toBe('mic');
    expect(press('œ', 'KeyQ', { altKey: true })).toBe('leave');
    expect(press('q', 'KeyQ', { altKey: true })).toBe('leave');
  });

  it('leave alone what the browser and the system have keys for', () => {
    expect(press('c', 'KeyC', { ctrlKey: true })).toBeUndefined();
    expect(press('m', 'KeyM', { metaKey: true })).toBeUndefined();
    expect(press('m', 'KeyM', { altKey: true })).toBeUndefined();
    expect(press('q', 'KeyQ')).toBeUndefined();
  });
});
