import { afterEach, expect, it } from 'vitest';
import { setLanguage } from './i18n.svelte';
import { displayName, isUnnamed, shownName } from './names';

afterEach(() => setLanguage('en'));

it('two people without a name are told apart, in both languages', () => {
  expect(['', ' (2)'].map(shownName)).toEqual(['Somebody', 'Somebody (2)']);
  setLanguage('zh-CN');
  expect(['', ' (2)'].map(displayName)).toEqual(['匿名用户', '匿名用户 (2)']);
});

it('a name that is only a number is a name', () => {
  expect(shownName('(2)')).toBe('(2)');
  expect(['', ' (2)', '(2)', 'Mei (2)'].map(isUnnamed)).toEqual([true, true, false, false]);
});
