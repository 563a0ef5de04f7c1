import type { LastRoomEnd } from '../../backend/generated';

/** Return to the last room, and of its host. */
const rejoin = {
  host_lost: 'The host is disconnected. Your call goes on; nobody new can join until the host is back.',
  host_left: 'The host has left. Your call goes on; nobody new can join.',
  what: {
    cut_off: 'Your last call was cut off.',
    left: 'You have left the room. For a few minutes one click leads back.',
  } satisfies Record<LastRoomEnd, string>,
  back: 'Return to the room',
  forget: 'Not now',
};

export default rejoin;
