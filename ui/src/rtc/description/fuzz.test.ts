/**
 * Reads what is changed at random. `npm run fuzz` does so for ten minutes; what is accepted is changed further.
 * A failure shows the number that starts the same run: `FUZZ_SEED`.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { readSignal } from '../signal';
import { MAX_CANDIDATES } from './candidate';
import { mutateJson, mutateText, randomFrom } from './mutate';
import { SAMPLES } from './samples';
import { readSdp } from './sdp-reader';
import { writeSdp } from './sdp-writer';
import { readDescription } from './signal-reader';
import { DescriptionRefused, type Description } from './types';

const IS_LONG = import.meta.env.MODE === 'fuzz';
const SECONDS = IS_LONG ? 600 : 2;
const SEED = Number(process.env.FUZZ_SEED ?? (IS_LONG ? Date.now() : 1));
const MAX_POOL = 500;
/** Far above what is needed, because the machine may be busy. */
const MAX_MILLISECONDS = 1_000;

function attempt(read: () => Description): Description | null {
  const start = performance.now();
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DescriptionRefused)) throw error;
    return null;
  } finally {
    expect(performance.now() - start).toBeLessThan(MAX_MILLISECONDS);
  }
}

/** Holds for every description that a reader accepts. */
function check(description: Description): void {
  const sdp = writeSdp(description);
  const count = (line: RegExp) => sdp.match(line)?.length ?? 0;
  const once = [/^a=fingerprint:sha-256 [\dA-F]{2}(:[\dA-F]{2}){31}$/gm, /^a=ice-ufrag:/gm, /^a=ice-pwd:/gm]
    .concat([/^a=setup:/gm, /^a=group:BUNDLE 0 1 2 3 4$/gm, /^a=group/gm, /fingerprint/gi])
    .map((line) => count(new RegExp(line.source.replace('$', '\\r$'), line.flags)));
  expect(once).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(count(/^a=candidate:/gm)).toBeLessThanOrEqual(MAX_CANDIDATES);
  expect(count(/^m=/gm)).toBe(5);
  expect(sdp.length).toBeLessThan(64_000);
  expect(/^([a-z]=[ -~]+\r\n)+$/.test(sdp)).toBe(true);
  expect(isDeepStrictEqual(readSdp(description.type, sdp), normal(description))).toBe(true);
  const again = JSON.parse(JSON.stringify(description)) as unknown;
  expect(isDeepStrictEqual(readDescription(again), description)).toBe(true);
}

/** Read again, formats of the first section that are spelt out in the second are left out. */
function normal(description: Description): Description {
  const copy = structuredClone(description);
  if (isDeepStrictEqual(copy.screen.formats, copy.camera.formats)) delete copy.screen.formats;
  if (isDeepStrictEqual(copy.screen_audio.formats, copy.microphone.formats)) delete copy.screen_audio.formats;
  return copy;
}

it('what the readers accept means one thing', { timeout: (SECONDS + 60) * 1_000 }, () => {
  const random = randomFrom(SEED);
  const any = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const texts = SAMPLES.map(({ type, sdp }) => ({ type, sdp }));
  const jsons: unknown[] = SAMPLES.map(({ type, sdp }) => readSdp(type, sdp));
  const keep = <T>(pool: T[], made: T) => {
    if (pool.length < MAX_POOL) pool.push(made);
    else pool[SAMPLES.length + Math.floor(random() * (MAX_POOL - SAMPLES.length))] = made;
  };
  const counts = { sdp: 0, sdpAccepted: 0, json: 0, jsonAccepted: 0 };
  let input: unknown;
  const end = performance.now() + SECONDS * 1_000;
  try {
    while (performance.now() < end) {
      const { type, sdp } = any(texts);
      const text = mutateText(random, sdp, any(texts).sdp);
      input = text;
      const fromSdp = attempt(() => readSdp(type, text));
      counts.sdp += 1;
      if (fromSdp) {
        counts.sdpAccepted += 1;
        check(fromSdp);
        keep(texts, { type, sdp: text });
      }
      const json = mutateJson(random, any(jsons));
      input = json;
      const fromJson = attempt(() => readDescription(json));
      counts.json += 1;
      if (fromJson) {
        counts.jsonAccepted += 1;
        check(fromJson);
        keep(jsons, json);
      }
      readSignal({ link: 1, round: 1, description: json });
    }
  } catch (error) {
    throw new Error(`FUZZ_SEED=${SEED} ${JSON.stringify(counts)}\n${JSON.stringify(input)}`, {
      cause: error,
    });
  }
  if (IS_LONG) console.info(`seed ${SEED}, ${JSON.stringify(counts)}`);
  expect(counts.sdpAccepted).toBeGreaterThan(0);
  expect(counts.jsonAccepted).toBeGreaterThan(0);
});
