import { isUnnamed } from '../i18n/names';

const HAN = /^\p{Script=Han}+$/u;

/** The first letter, or a Chinese given name. Empty without a name. */
export function initial(name: string): string {
  if (isUnnamed(name)) return '';
  const words = name.trim().split(/\s+/u);
  const [word = ''] = words;
  if (HAN.test(word) && words.length === 1) return [...word].slice(-2).join('');
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
  return (first?.segment ?? '').toLocaleUpperCase();
}

/** The number of a colour, the same for each name every time. */
export function personColor(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
