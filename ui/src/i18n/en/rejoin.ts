/** Return to the last room, and of its host. */
const rejoin = {
  host_lost:
    'The person who hosts this room is gone for the moment. Your call goes on; nobody new can join until they are back.',
  what: 'Your last call was cut off.',
  back: 'Return to the room',
  forget: 'Not now',
};

export default rejoin;
