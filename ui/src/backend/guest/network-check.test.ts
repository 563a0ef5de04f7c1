import { describe, expect, it } from 'vitest';
import { addressFacts, conclude, type GatheredCandidate } from './network-check';

const candidate = (over: Partial<GatheredCandidate>): GatheredCandidate => ({
  type: 'host',
  protocol: 'udp',
  address: '192.168.1.7',
  port: 40_000,
  foundation: '1',
  ...over,
});
const seenAt = (address: string, port: number, foundation = '2') =>
  candidate({ type: 'srflx', address, port, foundation });

describe('what candidates say of the network', () => {
  it('an answer of a STUN server means that UDP works, and names the address', () => {
    expect(addressFacts([candidate({}), seenAt('203.0.113.7', 51_820)])).toEqual({
      udp: true,
      seen: '203.0.113.7:51820',
      nat: 'unknown',
    });
  });

  it('one socket that is seen at two ports is behind a symmetric NAT', () => {
    const two = [seenAt('203.0.113.7', 51_820), seenAt('203.0.113.7', 51_821)];
    expect(addressFacts(two).nat).toBe('symmetric');
  });

  it('two sockets that are seen at two ports are not', () => {
    const two = [seenAt('203.0.113.7', 51_820, 'wifi'), seenAt('203.0.113.7', 51_821, 'cable')];
    expect(addressFacts(two).nat).toBe('unknown');
  });

  it('an address that is seen as it is has no NAT', () => {
    const own = candidate({ address: '203.0.113.7' });
    expect(addressFacts([own, seenAt('203.0.113.7', 40_000)])).toMatchObject({
      nat: 'none',
      ipv4: 'global',
    });
  });

  it('no answer means that UDP is blocked, if somebody was asked', () => {
    expect(conclude([candidate({})], 2)).toEqual({ udp: false });
    expect(conclude([candidate({})], 0)).toEqual({});
    // A browser leaves out what a server has seen if it is the address itself.
    expect(conclude([candidate({ address: '203.0.113.7' })], 2)).toEqual({});
  });

  it('a global IPv6 address is known by its first digit', () => {
    expect(addressFacts([candidate({ address: '2001:db8::7' })])).toEqual({ ipv6: 'global' });
    expect(addressFacts([candidate({ address: 'fd00::7' })])).toEqual({});
    expect(addressFacts([candidate({ address: 'c0ffee.local' })])).toEqual({});
  });
});
