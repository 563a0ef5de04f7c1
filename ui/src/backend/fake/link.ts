import type { PathFact } from '../../doctor/facts';
import type { LinkMeasurement } from '../../rtc/peer-link/measure';

/** A link of a scenario, where it differs from a good one in the same network. */
export interface FakeLink extends Partial<Pick<LinkMeasurement, 'path' | 'ours' | 'theirs'>> {
  roundTripTime?: number;
  /** In percent. */
  loss?: number;
}

const SECONDS = 2;
const PACKETS = 400;

/** The nth measurement, with a little unrest, so that graphs are no straight lines. */
export function measurement(link: FakeLink, n: number): LinkMeasurement {
  const { roundTripTime = 24, loss = 0, ours, theirs } = link;
  const unrest = Math.sin(n * 1.7) + Math.sin(n * 0.6);
  const bytes = (kbits: number) => (kbits * 1_000 * SECONDS * n) / 8;
  const path = link.path === undefined ? HOME : link.path;
  const rtt = Math.max(1, Math.round(roundTripTime * (1 + unrest / 12)));
  return {
    at: Date.UTC(2026, 10, 25) + n * SECONDS * 1_000,
    path: path && { ...path, roundTripTime: rtt },
    ours: ours ?? { host: true, reflexive: true, relay: false },
    theirs: theirs ?? { host: true, reflexive: true, relay: false },
    roundTripTime: rtt,
    bytesReceived: Math.round(bytes(1_450) + unrest * 40_000 + 100_000),
    bytesSent: Math.round(bytes(1_380) + unrest * 30_000 + 100_000),
    packetsReceived: PACKETS * n,
    packetsLost: Math.round((PACKETS * n * loss) / (100 - loss)),
    height: 720,
  };
}

export const HOME: PathFact = {
  scope: 'network',
  family: 'ipv4',
  relayed: null,
  relayProtocol: null,
  relayUrl: null,
  here: { type: 'host', address: '192.168.1.20:51820' },
  there: { type: 'host', address: '192.168.1.21:40200' },
  roundTripTime: null,
};
