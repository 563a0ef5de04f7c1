import { expect, test } from 'vitest';
import { diagnose } from '../../doctor/diagnose';
import type { Facts, PersonFact } from '../../doctor/facts';
import { someFacts } from '../../backend/fake/views';
import { reportText } from './report';

const person: PersonFact = {
  ...{ id: 'a', name: 'Mei', state: 'connected', isWeak: false, report: null, ours: null, theirs: null },
  carrier: { id: 'b', name: 'Jonas', isOwn: false },
  path: {
    ...{ scope: null, family: 'ipv4', relayed: 'both', relayProtocol: 'udp', roundTripTime: 30 },
    relayUrl: 'turn:25.1.1.9:18420',
    here: { type: 'relay', address: '203.0.113.7:49152' },
    there: { type: 'relay', address: '[2001:db8::7]:49153' },
  },
};

const facts: Facts = {
  ...{ running: false, network: someFacts(), devices: null, room: null, relayOnly: false },
  router: { kind: 'mapped', external: '203.0.113.7:18420' },
  people: [person, { ...person, id: 'b', name: 'Jonas', carrier: null }],
};

test('the report names nobody and shows no address, and tells the ways all the same', () => {
  const text = reportText(diagnose(facts), '1.2.3');
  expect(text).toContain('Parlour 1.2.3: connection check');
  expect(text).toContain("OK: #1: Through #2's Parlour, because no direct way was found.");
  expect(text).toContain('    This side: 203.0.x.x:49152 · relayed (relay)');
  expect(text).toContain('    Other side: [2001:x]:49153 · relayed (relay)');
  expect(text).not.toMatch(/Mei|Jonas|0\.113\.7|db8::7/);
});
