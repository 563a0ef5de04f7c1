import { expect, it } from 'vitest';
import type { Member } from './core';
import { Namesakes } from './namesakes';

it('people without a name are numbered among themselves', () => {
  const namesakes = new Namesakes((name) => [name.toLowerCase()]);
  const shown = (own: string, peers: readonly (readonly [string, string])[]) =>
    namesakes
      .update(
        own,
        peers.map(([id, name]) => ({ id, name }) as Member),
      )
      .map(({ name }) => name);
  const all = [
    ['1', ''],
    ['2', 'Tom'],
    ['3', ''],
  ] as const;
  expect(shown('', all)).toEqual(['', 'Tom', ' (2)']);
  expect(shown('', all.slice(1))).toEqual(['Tom', ' (2)']);
});
