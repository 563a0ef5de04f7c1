/** Keys as the settings keep them: `Ctrl+Alt+M`. */

type Press = Pick<KeyboardEvent, 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

/** A key that only goes with others. */
const MODIFIER = /^(Control|Alt|Shift|Meta|OS)(Left|Right)?$|^Fn|Lock$/;
/** What leads out of the field, or means something to it. */
const FREE = /^(Tab|Escape|Enter|NumpadEnter)$/;

/** The accelerator of a key press: null while only modifiers are held, and for keys that are left to the page. */
export function accelerator({ code, ctrlKey, altKey, shiftKey, metaKey }: Press): string | null {
  if (code === '' || MODIFIER.test(code) || FREE.test(code)) return null;
  const key = code.replace(/^Key|^Digit|^Arrow/, '');
  return [ctrlKey && 'Ctrl', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super', key]
    .filter((part) => part !== false)
    .join('+');
}
