import { expect, it } from 'vitest';
import { aRoom, aView } from '../backend/fake/views';
import { connectionFacts } from './connection-facts';

it('nothing is said of the room while the page of the call is closed', () => {
  const roomOf = (page: 'open' | 'closed') =>
    connectionFacts({ ...aView(), room: aRoom(), engine: { kind: 'browser', name: 'Chromium', page } }, null)
      .room;
  expect(roomOf('open')).not.toBeNull();
  expect(roomOf('closed')).toBeNull();
});
