/**
 * Runs in the page: Alice and Bob, each with a `RemotePeer`, and Mallory, who has the invite and the server and plays
 * each of them to the other. The relay in Node passes the packets of their data channels on.
 */
import type { Emoji } from '../../../src/rtc/safety/emoji';
import { RemotePeer, type PeerEvents, type RemotePeerOptions } from '../../../src/rtc/peer';
import type { Signal } from '../../../src/rtc/signal';
import { BINDING, STATE } from '../../../src/rtc/testing';
import type { LinkState, SafetyAlarm } from '../../../src/types';
import type { LegName, LegPeer, LegView } from './dtls-relay';
import {
  DATA_MID,
  dataTransport,
  honestOffer,
  innocent,
  mediaAnswer,
  splitOffer,
  type Plan,
  type Prints,
} from './offers';

declare global {
  interface Window {
    leg(name: LegName): Promise<LegView>;
    setLegPeer(name: LegName, peer: LegPeer): Promise<void>;
  }
}

export interface Outcome {
  alice: Seen;
  bob: Seen;
  /** Pictures that Mallory has decoded, of both. */
  decoded: number;
  passed: number;
}

interface Seen {
  state: LinkState;
  everConnected: boolean;
  alarms: SafetyAlarm[];
  problems: string[];
  emoji: readonly Emoji[] | null;
}

type Tracks = Record<'microphone' | 'camera', MediaStreamTrack>;

const IDS = { alice: 'A'.repeat(22), bob: 'B'.repeat(22) };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: () => unknown, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await what()) && performance.now() < end) await pause(50);
}

const certificate = () =>
  RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as EcKeyGenParams);

/** The hashes of a certificate. A connection to oneself is the only way to its bytes. */
async function printsOf(own: RTCCertificate): Promise<Prints> {
  const shows = new RTCPeerConnection({ certificates: [own] });
  const reads = new RTCPeerConnection();
  shows.createDataChannel('probe');
  shows.onicecandidate = ({ candidate }) => void reads.addIceCandidate(candidate ?? undefined);
  reads.onicecandidate = ({ candidate }) => void shows.addIceCandidate(candidate ?? undefined);
  await shows.setLocalDescription();
  await reads.setRemoteDescription(shows.localDescription as RTCSessionDescription);
  await reads.setLocalDescription();
  await shows.setRemoteDescription(reads.localDescription as RTCSessionDescription);
  await until(() => reads.connectionState === 'connected', 5_000);
  const [der] = reads.sctp?.transport.getRemoteCertificates() ?? [];
  shows.close();
  reads.close();
  if (!der) throw new Error('no certificate');
  const hash = async (name: string) =>
    [...new Uint8Array(await crypto.subtle.digest(name, der))]
      .map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())
      .join(':');
  return { 'sha-1': await hash('SHA-1'), 'sha-256': await hash('SHA-256'), 'sha-384': await hash('SHA-384') };
}

function peerEvents(over: Partial<PeerEvents>): PeerEvents {
  const nothing = () => undefined;
  return {
    sendSignal: nothing,
    onLinkState: nothing,
    onStream: nothing,
    onScreenStream: nothing,
    onState: nothing,
    onVideoWish: nothing,
    onMessage: nothing,
    onDelivered: nothing,
    onProblem: nothing,
    onSafety: nothing,
    onUnchecked: nothing,
    onAlarm: nothing,
    onNetworkReport: nothing,
    ...over,
  };
}

class Victim {
  readonly seen: Seen = { state: 'connecting', everConnected: false, alarms: [], problems: [], emoji: null };
  readonly peer: RemotePeer;
  /** The data that the browser gives away to Mallory. */
  onAnswer: (sdp: string) => void = () => undefined;
  onCandidate: (candidate: RTCIceCandidateInit) => void = () => undefined;
  /** Applied in place of the next offer. */
  offer: string | null = null;

  constructor(name: LegName, own: RTCCertificate, tracks: Tracks, { way }: Plan) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has its own
    const victim = this;
    /** Applies Mallory's offers, and shows innocent answers to the code above it. */
    class Deceived extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('icecandidate', ({ candidate }) => {
          if (candidate) victim.onCandidate(candidate.toJSON());
        });
      }
      override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        const sdp = victim.offer ?? description.sdp ?? '';
        victim.offer = null;
        await super.setRemoteDescription({ type: description.type, sdp });
      }
      override async setLocalDescription(): Promise<void> {
        await super.setLocalDescription();
        victim.onAnswer(super.localDescription?.sdp ?? '');
      }
      override get localDescription() {
        const real = super.localDescription;
        return real && new RTCSessionDescription({ type: real.type, sdp: innocent(real.sdp) });
      }
    }
    const options: RemotePeerOptions = {
      me: IDS[name],
      peer: IDS[name === 'alice' ? 'bob' : 'alice'],
      safetyBinding: BINDING,
      role: 'answerer',
      iceServers: [],
      tracks,
      state: STATE,
      certificate: own,
      ...(way === 'browser' && { RTCPeerConnection: Deceived }),
    };
    const { seen } = this;
    this.peer = new RemotePeer(
      options,
      peerEvents({
        onLinkState: (state) => {
          seen.state = state;
          seen.everConnected ||= state === 'connected';
        },
        onProblem: (code) => seen.problems.push(code),
        onSafety: (safety) => (seen.emoji = safety?.emoji ?? null),
        onAlarm: (alarm) => seen.alarms.push(alarm),
        onNetworkReport: () => undefined,
      }),
    );
    this.peer.enter();
    this.peer.update({ entered: true, reachable: true });
  }
}

type Offer = Extract<Signal, { description: unknown }>;

/** An innocent offer in the name of the other person, as our own code makes it. */
async function decoyOffer(victim: LegName, other: RTCCertificate): Promise<Offer> {
  const me = IDS[victim === 'alice' ? 'bob' : 'alice'];
  return new Promise((resolve) => {
    const decoy = new RemotePeer(
      {
        me,
        peer: IDS[victim],
        safetyBinding: BINDING,
        role: 'offerer',
        iceServers: [],
        tracks: {},
        state: STATE,
        certificate: other,
      },
      peerEvents({
        sendSignal: (signal) => {
          if (!('description' in signal)) return;
          decoy.close();
          resolve(signal);
        },
      }),
    );
  });
}

/** Mallory's side towards one of the two. */
class Deception {
  readonly pc: RTCPeerConnection;

  constructor(own: RTCCertificate) {
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', certificates: [own] });
  }

  async start(name: LegName, victim: Victim, plan: Plan, own: RTCCertificate, other: RTCCertificate) {
    const { pc } = this;
    for (const kind of ['audio', 'video', 'video', 'audio']) pc.addTransceiver(kind);
    pc.createDataChannel('parlour', { negotiated: true, id: 0 });
    await pc.setLocalDescription();
    const candidates: RTCIceCandidateInit[] = [];
    let answered = false;
    let data = { fragment: '', password: '' };
    const reach = (lines: string[]) =>
      window.setLegPeer(name, {
        ...data,
        candidates: lines.flatMap((line) => {
          const [, , protocol = '', , address = '', port = ''] = line.split(' ');
          return protocol.toLowerCase() === 'udp' ? [{ address, port: Number(port) }] : [];
        }),
      });
    const dataCandidates: string[] = [];
    victim.onCandidate = (candidate) => {
      if (candidate.sdpMid === DATA_MID || plan.later) {
        dataCandidates.push(candidate.candidate ?? '');
        if (data.fragment) void reach(dataCandidates.splice(0));
      }
      if (candidate.sdpMid === DATA_MID) return;
      if (answered) void pc.addIceCandidate(candidate).catch(() => undefined);
      else candidates.push(candidate);
    };
    let round = 0;
    victim.onAnswer = async (sdp) => {
      round += 1;
      const { candidates: lines, ...found } = dataTransport(sdp);
      data = found;
      await reach([...dataCandidates.splice(0), ...lines]);
      if (plan.later && round === 1) return;
      const answer = plan.later === 'moved' ? sdp : mediaAnswer(sdp);
      await pc.setRemoteDescription({ type: 'answer', sdp: answer });
      answered = true;
      for (const candidate of candidates) void pc.addIceCandidate(candidate).catch(() => undefined);
    };
    // Her own candidates are in the offer, so that they need no signals.
    await until(() => pc.iceGatheringState === 'complete', 3_000);
    const parts = {
      offer: pc.localDescription?.sdp ?? '',
      own: await printsOf(own),
      other: other.getFingerprints()[0]?.value?.toUpperCase() ?? '',
      leg: await window.leg(name),
      setup: name === 'alice' ? ('active' as const) : ('passive' as const),
    };
    const innocentSignal = await decoyOffer(name, other);
    const show = (sdp: string, round: number) => {
      if (plan.way === 'browser') victim.offer = sdp;
      victim.peer.receiveSignal(JSON.parse(JSON.stringify({ ...signalWith(sdp), round })));
    };
    const signalWith = (sdp: string): object => {
      if (plan.way === 'browser') return innocentSignal;
      if (plan.way === 'sdp') return { ...innocentSignal, description: { type: 'offer', sdp } };
      const { description } = innocentSignal;
      const media = { transport: { ...description.transport, fingerprint: parts.own['sha-256'] } };
      const groups = [['0', '1', '2', '3'], [DATA_MID]];
      const sections = {
        microphone: { ...description.microphone, ...media },
        camera: { ...description.camera, ...media },
      };
      return { ...innocentSignal, description: { ...description, ...sections, sdp, groups } };
    };
    if (plan.later) {
      show(honestOffer(parts), 1);
      return () => show(plan.later === 'moved' ? parts.offer : splitOffer(plan, parts), 2);
    }
    show(splitOffer(plan, parts), 1);
    return () => undefined;
  }

  async decoded(): Promise<number> {
    let frames = 0;
    for (const stats of (await this.pc.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
      if (stats.type === 'inbound-rtp') frames += stats.framesDecoded ?? 0;
    }
    return frames;
  }
}

export async function split(plan: Plan, tracks: Tracks): Promise<Outcome> {
  const [aliceOwn, bobOwn, first, second] = await Promise.all([
    certificate(),
    certificate(),
    certificate(),
    certificate(),
  ]);
  const alice = new Victim('alice', aliceOwn, tracks, plan);
  const bob = new Victim('bob', bobOwn, tracks, plan);
  const [toAlice, toBob] = [new Deception(first), new Deception(second)];
  const later = [
    await toAlice.start('alice', alice, plan, first, bobOwn),
    await toBob.start('bob', bob, plan, second, aliceOwn),
  ];
  const decoded = async () => Math.min(await toAlice.decoded(), await toBob.decoded());
  const isOver = () => [alice, bob].every(({ seen }) => seen.alarms.length > 0 || seen.problems.length > 0);
  const isFooled = () => [alice, bob].every(({ seen }) => seen.emoji !== null);
  await until(() => isOver() || isFooled(), 6_000);
  if (plan.later) for (const next of later) next();
  // Mallory decodes soon, if she can at all.
  await until(async () => isOver() || (isFooled() && (await decoded()) > 10), 4_000);
  const outcome = {
    alice: { ...alice.seen },
    bob: { ...bob.seen },
    decoded: await decoded(),
    passed: (await window.leg('alice')).passed,
  };
  for (const { peer } of [alice, bob]) peer.close();
  for (const { pc } of [toAlice, toBob]) pc.close();
  return outcome;
}
