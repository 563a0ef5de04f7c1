type Press = Pick<KeyboardEvent, 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

const MODIFIER = /^(Control|Alt|Shift|Meta|OS)(Left|Right)?$|^Fn|Lock$/;
/** Keys that leave the field or edit it. */
const PAGE_KEYS = /^(Tab|Escape|Enter|NumpadEnter)$/;

/** In the form of the settings: `Ctrl+Alt+M`. Null while only modifiers are held, and for keys that the page needs. */
export function accelerator({ code, ctrlKey, altKey, shiftKey, metaKey }: Press): string | null {
  if (code === '' || MODIFIER.test(code) || PAGE_KEYS.test(code)) return null;
  const key = code.replace(/^Key|^Digit|^Arrow/, '');
  return [ctrlKey && 'Ctrl', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super', key]
    .filter((part) => part !== false)
    .join('+');
}
