import { describe, expect, it } from 'vitest';
import { theTransport } from './transports';

const ONE = { name: 'one' };
const OTHER = { name: 'other' };

type End = { transport?: object | null } | null;

const connection = (sctp: End, ...transceivers: [End, End][]) =>
  ({
    sctp,
    getTransceivers: () => transceivers.map(([sender, receiver]) => ({ sender, receiver })),
  }) as unknown as RTCPeerConnection;

describe('the transport of a connection', () => {
  const at = (transport: object | null) => ({ transport });

  it('is the one that everything goes over', () => {
    expect(theTransport(connection(at(ONE), [at(ONE), at(ONE)], [at(ONE), at(ONE)]))).toBe(ONE);
  });

  it('may not be there yet, for everything or for some', () => {
    expect(theTransport(connection(null))).toBeNull();
    expect(theTransport(connection(null, [at(null), {}]))).toBeNull();
    expect(theTransport(connection(null, [at(ONE), at(null)]))).toBe(ONE);
  });

  it.each<[string, RTCPeerConnection]>([
    ['the messages', connection(at(OTHER), [at(ONE), at(ONE)])],
    ['what is sent', connection(at(ONE), [at(ONE), at(ONE)], [at(OTHER), at(ONE)])],
    ['what is received', connection(at(ONE), [at(ONE), at(OTHER)])],
    ['one of the tracks, without messages', connection(null, [at(ONE), at(ONE)], [at(OTHER), at(OTHER)])],
  ])('is not one if another carries %s', (_, pc) => {
    expect(theTransport(pc)).toBe('transports_differ');
  });
});
