/**
 * The connection check as far as a web page can do it: the browser gathers candidates by the STUN and TURN servers, and
 * the page's own server is asked for the time.
 */
import type { ConnectionCheck, IceServer, NetworkFacts, TurnFact, TurnTransport } from '../generated';

/** As the app's check. */
const CHECK_TIMEOUT_MS = 6_000;
const MAX_STUN_SERVERS = 4;
const MAX_TURN_SERVERS = 4;
/** The STUN error for a wrong user name or password (RFC 8489, section 14.8). */
const UNAUTHENTICATED = 401;

export interface NetworkCheck {
  /** Ends the check before. Reports what it finds, as it finds it. */
  start(servers: readonly IceServer[], onFound: (check: ConnectionCheck) => void): void;
  stop(): void;
}

/** The parts of a candidate that tell something of the network. */
export type GatheredCandidate = Pick<
  RTCIceCandidate,
  'type' | 'protocol' | 'address' | 'port' | 'foundation'
>;

export class BrowserNetworkCheck implements NetworkCheck {
  #stop: (() => void) | null = null;

  start(servers: readonly IceServer[], onFound: (check: ConnectionCheck) => void): void {
    this.stop();
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), CHECK_TIMEOUT_MS);
    let isStopped = false;
    this.#stop = () => {
      isStopped = true;
      clearTimeout(timer);
      aborter.abort();
    };
    const stun = urlsOf(servers, /^stun:/).slice(0, MAX_STUN_SERVERS);
    let facts: NetworkFacts = {
      ...nothing(stun),
      ...(navigator.onLine ? {} : { ipv4: 'none', ipv6: 'none', tcp: false }),
    };
    const found = (more: Partial<NetworkFacts>, running = true): void => {
      if (isStopped) return;
      facts = { ...facts, ...more };
      onFound({ running, facts });
    };
    found({});
    const candidates: GatheredCandidate[] = [];
    const probes = [
      gather({ iceServers: stun.map((urls) => ({ urls })) }, aborter.signal, (candidate) => {
        candidates.push(candidate);
        found(addressFacts(candidates));
      }).then(() => found(conclude(candidates, stun.length))),
      ...turnServers(servers).map(async (server) => {
        const fact = await askTurnServer(server, aborter.signal);
        found({ turn: [...facts.turn, fact] });
      }),
      askForTime(aborter.signal).then(found),
    ];
    void Promise.allSettled(probes).then(() => {
      clearTimeout(timer);
      found({}, false);
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

/** Before anything is found. That the browser says it is online is all that is known of the addresses. */
const nothing = (stun: string[]): NetworkFacts => ({
  ipv4: 'private',
  ipv6: 'none',
  nat: null,
  udp: null,
  stun: stun.map((url) => url.replace('stun:', '')),
  seen: null,
  turn: [],
  captive_portal: null,
  clock_ahead: null,
  has_proxy: false,
  tcp: null,
});

const urlsOf = (servers: readonly IceServer[], form: RegExp): string[] => [
  ...new Set(servers.flatMap(({ urls }) => urls.filter((url) => form.test(url)))),
];

/** The addresses that candidates show. A browser may hide those of the computer, but not those that a server has seen. */
export function addressFacts(candidates: readonly GatheredCandidate[]): Partial<NetworkFacts> {
  const seen = candidates.filter(({ type }) => type === 'srflx');
  const [first] = seen.filter(isIpv4).concat(seen);
  const own = candidates.filter(({ type }) => type === 'host');
  const hasIpv6 = [...own, ...seen].some((one) => /^[23].*:/.test(one.address ?? ''));
  return {
    ...(hasIpv6 ? { ipv6: 'global' as const } : {}),
    ...(first ? { udp: true, seen: authority(first) } : {}),
    ...natFacts(seen.filter(isIpv4), own),
  };
}

/** The result when the browser has gathered everything. No answer means something only if somebody was asked. */
export function conclude(
  candidates: readonly GatheredCandidate[],
  askedServers: number,
): Partial<NetworkFacts> {
  const facts = addressFacts(candidates);
  if (facts.udp || askedServers === 0) return facts;
  // Without a translator the address that is seen is the computer's own, and the browser names it once.
  const isPublic = candidates.some((one) => one.type === 'host' && isPublicIpv4(one.address ?? ''));
  return isPublic ? facts : { ...facts, udp: false };
}

/**
 * One socket that two servers see at two ports is behind a symmetric NAT. The foundation is the same for what one socket
 * has got (RFC 8445, section 5.1.1.3). One port says little: the browser does not tell how many servers have seen it.
 */
function natFacts(
  seen: readonly GatheredCandidate[],
  own: readonly GatheredCandidate[],
): Partial<NetworkFacts> {
  if (seen.length === 0) return {};
  if (seen.some(({ address }) => own.some((host) => host.address === address))) {
    return { nat: 'none', ipv4: 'global' };
  }
  const ports = new Map<string, Set<number | null>>();
  for (const { foundation, port } of seen) {
    const key = foundation ?? '';
    ports.set(key, (ports.get(key) ?? new Set()).add(port));
  }
  return { nat: [...ports.values()].some((of) => of.size > 1) ? 'symmetric' : 'unknown' };
}

const isIpv4 = ({ address }: GatheredCandidate): boolean => /^\d+(\.\d+){3}$/.test(address ?? '');

const isPublicIpv4 = (address: string): boolean =>
  isIpv4({ address } as GatheredCandidate) &&
  !/^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  );

const authority = ({ address, port }: GatheredCandidate): string =>
  address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

interface TurnServer {
  urls: string;
  username: string;
  credential: string;
  name: string;
  transport: TurnTransport;
}

function turnServers(servers: readonly IceServer[]): TurnServer[] {
  const all = servers.flatMap(({ urls, username = '', credential = '' }) =>
    urls.flatMap((url) => {
      const [, secure, name, transport] = /^turn(s?):([^?]+)(?:\?transport=(udp|tcp))?$/.exec(url) ?? [];
      if (name === undefined) return [];
      const way: TurnTransport = secure ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp';
      return [{ urls: url, username, credential, name, transport: way }];
    }),
  );
  return all.slice(0, MAX_TURN_SERVERS);
}

async function askTurnServer(server: TurnServer, signal: AbortSignal): Promise<TurnFact> {
  const { name, transport, ...iceServer } = server;
  let result: TurnFact['result'] = 'no_answer';
  await gather(
    { iceServers: [iceServer], iceTransportPolicy: 'relay' },
    signal,
    ({ type }) => {
      if (type === 'relay') result = 'works';
    },
    (code) => {
      if (code === UNAUTHENTICATED && result === 'no_answer') result = 'refused';
    },
  );
  return { server: name, transport, result };
}

/** Gathers candidates until there are no more, or until the signal. */
async function gather(
  configuration: RTCConfiguration,
  signal: AbortSignal,
  onCandidate: (candidate: GatheredCandidate) => void,
  onErrorCode: (code: number) => void = () => undefined,
): Promise<void> {
  if (signal.aborted) return;
  const connection = new RTCPeerConnection(configuration);
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => resolve());
      connection.onicecandidateerror = ({ errorCode }) => onErrorCode(errorCode);
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) resolve();
        else if (candidate.candidate !== '') onCandidate(candidate);
      };
      connection.createDataChannel('check');
      connection.setLocalDescription().catch(reject);
    });
  } finally {
    connection.close();
  }
}

/** The server of the page says what time it is, to the second. */
async function askForTime(signal: AbortSignal): Promise<Partial<NetworkFacts>> {
  try {
    const sentAt = Date.now();
    const response = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store', signal });
    const date = Date.parse(response.headers.get('date') ?? '');
    const middle = (sentAt + Date.now()) / 2;
    return { tcp: true, clock_ahead: Number.isNaN(date) ? null : Math.round((middle - date) / 1_000) };
  } catch {
    return signal.aborted ? {} : { tcp: false };
  }
}
