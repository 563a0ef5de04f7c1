import { describe, expect, it } from 'vitest';
import { accelerator } from './accelerator';

const press = (code: string, ...held: ('ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey')[]) =>
  accelerator({
    code,
    ctrlKey: held.includes('ctrlKey'),
    altKey: held.includes('altKey'),
    shiftKey: held.includes('shiftKey'),
    metaKey: held.includes('metaKey'),
  });

describe('accelerator', () => {
  it('names keys by their place, modifiers in one order', () => {
    expect(press('KeyM', 'altKey', 'ctrlKey')).toBe('Ctrl+Alt+M');
    expect(press('Digit7', 'metaKey', 'shiftKey')).toBe('Shift+Super+7');
    expect(press('F9')).toBe('F9');
    expect(press('Space', 'ctrlKey', 'altKey')).toBe('Ctrl+Alt+Space');
    expect(press('ArrowUp', 'ctrlKey')).toBe('Ctrl+Up');
    expect(press('BracketLeft', 'altKey')).toBe('Alt+BracketLeft');
  });

  it('ignores modifiers alone and keys that leave the field', () => {
    for (const code of [
      'ControlLeft',
      'AltRight',
      'ShiftLeft',
      'MetaLeft',
      'CapsLock',
      'Tab',
      'Escape',
      'Enter',
    ]) {
      expect(press(code, 'ctrlKey'), code).toBeNull();
    }
  });
});
