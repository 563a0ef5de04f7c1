import type { LastRoomEnd } from '../../backend/generated';

/** Return to the last room, and of its host. */
const rejoin = {
  host_lost: 'The host is disconnected. Your call goes on; nobody new can join until the host is back.',
  host_left: 'The host has left. Your call goes on; nobody new can join.',
  host_away_relays:
    'The host is not here any more. Your call goes on; relays are being asked, so that others can join again.',
  what: {
    cut_off: 'Your last call was cut off.',
    left: 'You have left the room. For a few minutes one click leads back.',
  } satisfies Record<LastRoomEnd, string>,
  back: 'Return to the room',
  forget: 'Not now',
};

export default rejoin;
