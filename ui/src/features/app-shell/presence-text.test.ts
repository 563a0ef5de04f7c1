import { expect, it } from 'vitest';
import { presenceText } from './presence-text';

it('is a sentence for each person who comes to the door, in or out', () => {
  expect(presenceText([{ kind: 'door', name: 'Mei' }])).toBe('Mei is at the door');
  expect(presenceText([{ kind: 'entered', name: 'Mei' }])).toBe('Mei came in');
  const both = [
    { kind: 'entered', name: 'Jonas' },
    { kind: 'left', name: 'Mei' },
  ] as const;
  expect(presenceText(both)).toBe('Jonas came in Mei left');
});

it('has a word for a guest without a name', () => {
  expect(presenceText([{ kind: 'entered', name: '' }])).toBe('Somebody came in');
});

it('is empty when nobody came or left', () => {
  expect(presenceText([])).toBe('');
  expect(presenceText([{ kind: 'lost', name: 'Mei' }])).toBe('');
});
