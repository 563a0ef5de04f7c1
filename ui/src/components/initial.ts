const HAN = /^\p{Script=Han}+$/u;

/** What stands for a name in a small circle: a Latin name's first letter, a Chinese given name. */
export function initial(name: string): string {
  const words = name.trim().split(/\s+/u);
  const [word = ''] = words;
  if (HAN.test(word) && words.length === 1) return [...word].slice(-2).join('');
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
  return (first?.segment ?? '').toLocaleUpperCase();
}

/** One of a few wool colours, always the same one for a name. */
export function wool(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
