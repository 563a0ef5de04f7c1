import { describe, expect, it } from 'vitest';
import { happenings, type Seen } from './presence-diff';

const seen = (name: string, over: Partial<Seen> = {}): Seen => ({
  id: name,
  name,
  inside: true,
  lost: false,
  ...over,
});
const at = (name: string) => seen(name, { inside: false });

describe('what happens in a room', () => {
  it('is nothing at first, and when the session is another', () => {
    const compare = happenings();
    expect(compare('me', [seen('Mei'), at('Jonas')])).toEqual([]);
    expect(compare('another me', [])).toEqual([]);
    expect(compare('another me', [seen('Mei')])).toEqual([{ what: 'entered', name: 'Mei' }]);
  });

  it('is somebody coming to the door, entering and leaving', () => {
    const compare = happenings();
    compare('me', []);
    expect(compare('me', [at('Mei')])).toEqual([{ what: 'door', name: 'Mei' }]);
    expect(compare('me', [at('Mei')])).toEqual([]);
    expect(compare('me', [seen('Mei')])).toEqual([{ what: 'entered', name: 'Mei' }]);
    expect(compare('me', [])).toEqual([{ what: 'left', name: 'Mei' }]);
  });

  it('is nothing when somebody goes away from the door', () => {
    const compare = happenings();
    compare('me', [at('Mei')]);
    expect(compare('me', [])).toEqual([]);
  });

  it('is somebody being lost, and coming back', () => {
    const compare = happenings();
    compare('me', [seen('Mei')]);
    expect(compare('me', [seen('Mei', { lost: true })])).toEqual([{ what: 'lost', name: 'Mei' }]);
    expect(compare('me', [seen('Mei')])).toEqual([{ what: 'back', name: 'Mei' }]);
  });
});
