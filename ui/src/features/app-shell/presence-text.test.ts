import { describe, expect, it } from 'vitest';
import { comings } from './presence-text';

const mei = { id: '1', name: 'Mei' };
const jonas = { id: '2', name: 'Jonas' };

describe('what is said of comings and goings', () => {
  it('says nothing of those who were there first', () => {
    expect(comings()([mei], [])).toEqual([]);
  });

  it('says who comes to the door, in, and out, each once', () => {
    const news = comings();
    news([], []);
    expect(news([], [mei])).toEqual(['Mei is at the door']);
    expect(news([], [mei])).toEqual([]);
    expect(news([mei], [])).toEqual(['Mei came in']);
    expect(news([mei], [])).toEqual([]);
    expect(news([jonas], [])).toEqual(['Jonas came in Mei left']);
    expect(news([], [])).toEqual(['Jonas left']);
  });

  it('has a word for a guest without a name', () => {
    const news = comings();
    news([], []);
    expect(news([{ id: '3', name: '' }], [])).toEqual(['Guest came in']);
  });
});
