/** Runs in the page: applies descriptions that were changed at random, and reads them back from the browser. */
import { writeCandidate } from '../../src/rtc/description/candidate';
import { mutateJson, randomFrom } from '../../src/rtc/description/mutate';
import { SAMPLES } from '../../src/rtc/description/samples';
import { readSdp } from '../../src/rtc/description/sdp-reader';
import { writeSdp } from '../../src/rtc/description/sdp-writer';
import { readDescription } from '../../src/rtc/description/signal-reader';
import { DescriptionRefused, type Description } from '../../src/rtc/description/types';
import { TRACK_KINDS, TRACK_SOURCES } from '../../src/rtc/peer-link/transceivers';

export interface ReadBack {
  /** Changed descriptions that the reader accepted and the browser applied. */
  applied: number;
  /** The browser refused what the reader had accepted. */
  refused: number;
  /** Those that the browser understands in another way. */
  different: { sent: string; understood: string }[];
}

/** Everything on which the transport depends, in a form that can be compared. */
function essence({ type, transport, data, candidates, ...sections }: Description): string {
  const streams = TRACK_SOURCES.map((source) => [sections[source].direction, sections[source].ssrc]);
  const lines = [...new Set(candidates.map(writeCandidate))].sort();
  return JSON.stringify({ type, transport, data, streams, lines });
}

function* changed(seed: number, from: Description[], count: number): Generator<Description> {
  const random = randomFrom(seed);
  const pool: unknown[] = [...from];
  for (let made = 0; made < count;) {
    const json = mutateJson(random, pool[Math.floor(random() * pool.length)]);
    try {
      const description = readDescription(json);
      made += 1;
      pool.push(json);
      yield description;
    } catch (error) {
      if (!(error instanceof DescriptionRefused)) throw error;
    }
  }
}

async function readBack(
  descriptions: Iterable<Description>,
  connect: () => Promise<RTCPeerConnection>,
): Promise<ReadBack> {
  const result: ReadBack = { applied: 0, refused: 0, different: [] };
  for (const description of descriptions) {
    const pc = await connect();
    try {
      await pc.setRemoteDescription({ type: description.type, sdp: writeSdp(description) });
      const understood = essence(readSdp(description.type, pc.remoteDescription?.sdp ?? ''));
      result.applied += 1;
      const sent = essence(description);
      if (sent !== understood) result.different.push({ sent, understood });
    } catch (error) {
      if (error instanceof DescriptionRefused) throw error;
      result.refused += 1;
    } finally {
      pc.close();
    }
  }
  return result;
}

/** The offers of both browsers, changed. */
export function applyChangedOffers(seed: number, count: number): Promise<ReadBack> {
  const offers = SAMPLES.filter(({ type }) => type === 'offer').map(({ sdp }) => readSdp('offer', sdp));
  return readBack(changed(seed, offers, count), async () => new RTCPeerConnection());
}

async function offering(): Promise<RTCPeerConnection> {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const source of TRACK_SOURCES) pc.addTransceiver(TRACK_KINDS[source], { direction: 'sendrecv' });
  pc.createDataChannel('parlour', { negotiated: true, id: 0 });
  await pc.setLocalDescription();
  return pc;
}

/** This browser's answers to itself, changed. */
export async function applyChangedAnswers(seed: number, count: number): Promise<ReadBack> {
  const [offerer, answerer] = [await offering(), new RTCPeerConnection()];
  await answerer.setRemoteDescription(offerer.localDescription ?? { type: 'offer' });
  await answerer.setLocalDescription();
  const answer = readSdp('answer', answerer.localDescription?.sdp ?? '');
  for (const pc of [offerer, answerer]) pc.close();
  return readBack(changed(seed, [answer], count), offering);
}
