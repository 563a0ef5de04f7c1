import { describe, expect, it } from 'vitest';
import { PresenceDiff, type SeenPerson } from './presence-diff';

const inside = (name: string, over: Partial<SeenPerson> = {}): SeenPerson => ({
  id: name,
  name,
  isInside: true,
  isLost: false,
  ...over,
});
const atDoor = (name: string) => inside(name, { isInside: false });

describe('the changes of presence', () => {
  it('are none at first, unless it is known who was there before', () => {
    expect(new PresenceDiff().update([inside('Mei'), atDoor('Jonas')])).toEqual([]);
    const diff = new PresenceDiff([inside('Mei')]);
    expect(diff.update([inside('Mei'), atDoor('Jonas')])).toEqual([{ kind: 'door', name: 'Jonas' }]);
  });

  it('are none when the session is another', () => {
    const diff = new PresenceDiff();
    expect(diff.update([inside('Mei'), atDoor('Jonas')], 'me')).toEqual([]);
    expect(diff.update([], 'another me')).toEqual([]);
    expect(diff.update([inside('Mei')], 'another me')).toEqual([{ kind: 'entered', name: 'Mei' }]);
  });

  it('tell who comes to the door, enters and leaves, each once', () => {
    const diff = new PresenceDiff([]);
    expect(diff.update([atDoor('Mei')])).toEqual([{ kind: 'door', name: 'Mei' }]);
    expect(diff.update([atDoor('Mei')])).toEqual([]);
    expect(diff.update([inside('Mei')])).toEqual([{ kind: 'entered', name: 'Mei' }]);
    expect(diff.update([inside('Mei')])).toEqual([]);
    expect(diff.update([inside('Jonas')])).toEqual([
      { kind: 'entered', name: 'Jonas' },
      { kind: 'left', name: 'Mei' },
    ]);
    expect(diff.update([])).toEqual([{ kind: 'left', name: 'Jonas' }]);
  });

  it('tell nothing when a person goes away from the door', () => {
    expect(new PresenceDiff([atDoor('Mei')]).update([])).toEqual([]);
  });

  it('tell whose link is lost and whose is back', () => {
    const diff = new PresenceDiff([inside('Mei')]);
    expect(diff.update([inside('Mei', { isLost: true })])).toEqual([{ kind: 'lost', name: 'Mei' }]);
    expect(diff.update([inside('Mei')])).toEqual([{ kind: 'back', name: 'Mei' }]);
  });
});
