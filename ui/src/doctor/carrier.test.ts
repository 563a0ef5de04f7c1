import { expect, test } from 'vitest';
import { carrierOf } from './carrier';
import type { PathFact } from './facts';

const path = (over: Partial<PathFact> = {}): PathFact => ({
  ...{ scope: null, family: 'ipv4', relayed: 'both', relayProtocol: 'udp', roundTripTime: 30 },
  relayUrl: 'turn:25.1.1.9:18420?transport=udp',
  here: { type: 'relay', address: '192.0.2.7:49152' },
  there: { type: 'relay', address: '192.0.2.7:49153' },
  ...over,
});

const tom = { member: 'tom', urls: ['turn:25.1.1.9:18420', 'turn:25.1.1.9:18420?transport=tcp'] };
const ada = { member: 'ada', urls: ['turn:25.1.1.10:18420'] };

test('the member is found whose app the browser asked', () => {
  expect(carrierOf(path(), [ada, tom])).toBe('tom');
  expect(carrierOf(path({ relayUrl: 'turn:25.1.1.9:18420?transport=tcp' }), [ada, tom])).toBe('tom');
});

test('a browser that does not tell whom it asked leaves the only one who can be', () => {
  expect(carrierOf(path({ relayUrl: null }), [tom])).toBe('tom');
  expect(carrierOf(path({ relayUrl: null }), [ada, tom])).toBeNull();
});

test('a TURN server that a member shares is no Parlour, and a direct call goes through nobody', () => {
  const server = { type: 'relay', address: '25.1.1.30:52000' } as const;
  expect(carrierOf(path({ here: server, there: server }), [tom])).toBeNull();
  const host = { type: 'host', address: '192.0.2.7:5000' } as const;
  expect(carrierOf(path({ relayed: null, relayUrl: null, here: host, there: host }), [tom])).toBeNull();
});

test('a member who has gone is not named', () => {
  expect(carrierOf(path(), [ada])).toBeNull();
});
