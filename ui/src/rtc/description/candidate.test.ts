import { describe, expect, it } from 'vitest';
import { parseCandidate, readCandidate, toInit, writeCandidate, type Candidate } from './candidate';

const host: Candidate = { type: 'host', address: '192.0.2.1', port: 50_000, priority: 1, foundation: '1' };

describe('the line of a candidate', () => {
  it.each([
    'candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host',
    'candidate:1 1 udp 2113937151 0f1d1422-ca3b-415c-97ae-8b4216c06cf7.local 34291 typ host network-cost 999',
    'candidate:Aa+/ 1 udp 1686052607 2001:db8::1 50001 typ srflx raddr 0.0.0.0 rport 0',
    'candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active',
    'candidate:3 1 udp 41885439 2001:db8::ffff:192.0.2.1 3478 typ relay raddr 192.0.2.7 rport 50001',
  ])('%s stays the same', (line) => {
    const candidate = parseCandidate(line);
    expect(candidate && writeCandidate(candidate)).toBe(line);
    expect(readCandidate(JSON.parse(JSON.stringify(candidate)))).toEqual(candidate);
  });

  it('loses what is not used', () => {
    const line =
      'candidate:1 1 UDP 1 192.0.2.1 50000 typ host generation 0 ufrag abcd network-id 1 network-cost 0';
    expect(parseCandidate(line, 'abcd')).toEqual({ ...host, ufrag: 'abcd' });
  });

  it.each([
    '',
    'candidate:1',
    'candidate:1 2 udp 1 192.0.2.1 50000 typ host',
    'x:1 1 udp 1 192.0.2.1 5 typ host',
  ])('%j is none', (line) => expect(parseCandidate(line)).toBeUndefined());
});

it('belongs to the first section', () => {
  expect(toInit({ ...host, ufrag: 'abcd' })).toEqual({
    candidate: 'candidate:1 1 udp 1 192.0.2.1 50000 typ host',
    ...{ sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'abcd' },
  });
});

it.each([
  ['address', 'evil.example'],
  ['address', 'localhost'],
  ['address', 'a.b.local'],
  ['address', 'x.local.'],
  ['address', '.local'],
  ['address', '256.0.0.1'],
  ['address', '0x7f.0.0.1'],
  ['address', '127.1'],
  ['address', '01.2.3.4'],
  ['address', 'fe80::1%eth0'],
  ['address', '1::2::3'],
  ['address', '[::1]'],
  ['address', '::1]/x['],
  ['address', '192.0.2.1\n'],
  ['address', '192.0.2.1 9 typ host\r\na=x'],
  ['address', 1],
  ['port', 0],
  ['port', 65_536],
  ['port', '9'],
  ['port', 1.5],
  ['priority', 0],
  ['priority', 2 ** 31],
  ['foundation', ''],
  ['foundation', 'a b'],
  ['foundation', 'a'.repeat(33)],
  ['type', 'evil'],
  ['tcp', ''],
  ['tcp', 'active\r\n'],
  ['raddr', '192.0.2.1'],
  ['rport', 1],
  ['cost', 1_000],
  ['cost', -1],
  ['ufrag', 'a b c'],
])('a candidate with %s %j is not read', (field, value) => {
  expect(readCandidate(host)).toEqual(host);
  expect(readCandidate({ ...host, [field]: value })).toBeUndefined();
});
