import { afterEach, describe, expect, test } from 'vitest';
import { setLanguage, t } from './i18n.svelte';

afterEach(() => setLanguage('en'));

describe('Chinese sentences', () => {
  test('a Latin name has a gap on both sides', () => {
    setLanguage('zh-CN');
    expect(t('lobby.here_1', { name: 'Anna' })).toBe('Anna 已经在里面了。');
    expect(t('lobby.here_2', { name: 'Anna', other: 'Ben' })).toBe('Anna 和 Ben 已经在里面了。');
  });

  test('a Han name has none', () => {
    setLanguage('zh-CN');
    expect(t('lobby.here_1', { name: '小明' })).toBe('小明已经在里面了。');
  });

  test('a name of both stays as its owner wrote it', () => {
    setLanguage('zh-CN');
    expect(t('lobby.here_1', { name: '小明2号' })).toBe('小明2号已经在里面了。');
    expect(t('call.failed', { name: '王A' })).toContain('连通王A，');
  });

  test('an empty value leaves the sentence whole', () => {
    setLanguage('zh-CN');
    expect(t('lobby.here_1', { name: '' })).toBe('已经在里面了。');
  });
});

test('English is left as it is', () => {
  expect(t('lobby.here_1', { name: '小明2号' })).toBe('小明2号 is here.');
});
