/**
 * Pins every name on the data channel, in signals and in the page's storage. The JSON files beside this test are what
 * released versions send, read and keep: a rename in the code must leave them as they are.
 *
 * A new type or field does not compile here until an example fills it, and fails until it stands in the golden file.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takeReload, writeReload } from '../backend/guest/reload';
import { DEFAULTS, loadSettings, saveSettings } from '../backend/guest/settings';
import { anInvite, memoryStore } from '../backend/guest/testing';
import {
  resetOnOff,
  loadMediaPreferences,
  saveMediaPreferences,
  type MediaPreferences,
} from '../call/media-preferences';
import { CORNERS, type Corner } from '../layout/corner';
import { LAYOUT_MODES, type LayoutMode } from '../layout/select-tiles';
import { readMessage, type PeerMessage } from '../rtc/data-channel/messages';
import type { Candidate } from '../rtc/description/candidate';
import type { Description } from '../rtc/description/types';
import { REACTIONS } from '../types';
import { readSignal, type Signal } from '../rtc/signal';
import { ViewPreferences } from '../features/call/view-preferences.svelte';
import messages from './messages.json';
import signals from './signals.json';
import storage from './storage.json';

/** The keys of a union's every member. */
type KeyOf<T> = T extends unknown ? keyof T : never;

const BYTES = '0123456789abcdef'.repeat(4);

describe('the data channel', () => {
  const examples = {
    state: [{ type: 'state', mic: true, camera: false, screen: true, hand: false }],
    video_wish: [
      { type: 'video_wish', camera: { width: 640, height: 360 }, screen: null },
      { type: 'video_wish', camera: null, screen: { width: 1920, height: 1080 } },
    ],
    note: REACTIONS.map((emoji) => ({ type: 'note', note: { type: 'reaction', emoji } })),
    post: [
      { type: 'post', n: 1, post: { type: 'chat', id: 'AQEBAQEB', text: 'Hello 梅' } },
      { type: 'post', n: 2, post: null },
    ],
    got: [{ type: 'got', n: 3 }],
    signal: [{ type: 'signal', n: 4, envelope: 'ZW52ZWxvcGU' }],
    signal_got: [{ type: 'signal_got', n: 5 }],
    commit: [{ type: 'commit', hash: BYTES }],
    reveal: [{ type: 'reveal', nonce: BYTES }],
  } satisfies { [Type in PeerMessage['type']]: Required<Extract<PeerMessage, { type: Type }>>[] };

  it('keeps the names of its messages', () => {
    expect(examples).toEqual(messages.known);
  });

  it.each(Object.values(messages.known).flat())('reads %j', (message) => {
    expect(readMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each(messages.unknown)('leaves %j to newer versions', (message) => {
    expect(readMessage(JSON.stringify(message))).toBeNull();
  });

  it('is negotiated under its name and number', async () => {
    const made: unknown[] = [];
    const sources = import.meta.glob<string>('../rtc/**/*.ts', { query: '?raw', import: 'default' });
    for (const read of Object.values(sources)) {
      const calls = (await read()).matchAll(/createDataChannel\((?<args>'[^)]*)\)/g);
      for (const { groups } of calls) made.push(groups?.['args']);
    }
    expect(new Set(made)).toEqual(new Set(messages.channels));
  });
});

describe('signals', () => {
  const candidate: Required<Candidate> = {
    ...{ type: 'relay', address: '192.0.2.1', port: 50_000, priority: 2_122_260_223, foundation: '1' },
    ...{ tcp: 'passive', raddr: '2001:db8::1', rport: 9, cost: 10, ufrag: 'abcd' },
  };
  const { ufrag, ...inside } = candidate;
  const offer: Description = {
    type: 'offer',
    transport: {
      ...{ ufrag, pwd: 'abcdefghijklmnopqrstuv', setup: 'actpass' },
      fingerprint: '0123456789abcdef'.repeat(4),
    },
    microphone: {
      formats: {
        codecs: [{ pt: 111, name: 'opus', fmtp: 'minptime=10;useinbandfec=1' }],
        feedback: ['transport-cc'],
        extensions: { audio_level: 1, send_time: 2, transport_cc: 3, mid: 4 },
      },
      ...{ direction: 'sendonly', ssrc: [1] },
    },
    camera: {
      formats: {
        codecs: [
          { pt: 96, name: 'VP8', rtx: 97 },
          { pt: 120, name: 'ulpfec', feedback: [] },
        ],
        feedback: ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli'],
        extensions: {
          ...{ toffset: 14, orientation: 13, playout_delay: 5, content_type: 6, timing: 7 },
          ...{ color_space: 8, rid: 10, repaired_rid: 11 },
        },
      },
      ssrc: [2, 3],
    },
    screen: { direction: 'recvonly' },
    screen_audio: { direction: 'inactive' },
    data: { port: 5_000, max: 262_144 },
    candidates: [inside],
  };
  const answer: Description = {
    ...{ ...offer, type: 'answer', candidates: [] },
    transport: { ...offer.transport, setup: 'active' },
  };
  const examples = {
    offer: { link: 1, round: 2, description: offer },
    answer: { link: 1, round: 2, description: answer },
    candidate: { link: 1, candidate },
    'end of candidates': { link: 1, candidate: null },
    'ask for an offer': { link: 1, ask: 'offer' },
    'ask for a restart': { link: 1, ask: 'restart' },
    'end for safety': { link: 1, end: 'safety' },
    'report of a network': { link: 1, network: { udp: 'works', nat: 'symmetric' } },
  } satisfies Record<string, Signal>;

  it('keep their names', () => {
    expect(examples).toEqual(signals);
  });

  it.each(Object.entries(signals))('%s is read', (_, signal) => {
    expect(readSignal(JSON.parse(JSON.stringify(signal)))).toEqual(signal);
  });

  it('have an example of every field', () => {
    const fields = {
      link: true,
      round: true,
      description: true,
      candidate: true,
      ask: true,
      end: true,
      network: true,
    } satisfies Record<KeyOf<Signal>, true>;
    const seen = Object.values(signals).flatMap((signal) => Object.keys(signal));
    expect(new Set(seen)).toEqual(new Set(Object.keys(fields)));
  });
});

describe('the storage of the page', () => {
  const memory = () => {
    const items = new Map<string, string>();
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
      all: () => Object.fromEntries([...items].map(([key, text]) => [key, JSON.parse(text) as unknown])),
    };
  };
  let local: ReturnType<typeof memory>;
  let session: ReturnType<typeof memory>;

  beforeEach(() => {
    local = memory();
    session = memory();
    vi.stubGlobal('localStorage', local);
    vi.stubGlobal('sessionStorage', session);
  });
  afterEach(() => void vi.unstubAllGlobals());

  const fill = () => {
    for (const [key, value] of Object.entries(storage.local)) local.setItem(key, JSON.stringify(value));
    for (const [key, value] of Object.entries(storage.session)) session.setItem(key, JSON.stringify(value));
  };
  /** Nothing here is a default, so that a value that is not read is noticed. */
  const choices: Required<MediaPreferences> = {
    on: { microphone: false, camera: false },
    device: { microphone: 'mic-1', camera: 'camera-1', speaker: 'speaker-1' },
    processing: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  };

  it('keeps its keys when written', () => {
    saveMediaPreferences(choices);
    const preferences = new ViewPreferences();
    preferences.layoutMode = 'speaker';
    preferences.corner = 'top-left';
    expect({ local: local.all(), session: session.all() }).toEqual({
      local: storage.local,
      session: storage.session,
    });
    resetOnOff();
    expect(session.all()).toEqual({});
  });

  it('keeps its keys when read', () => {
    fill();
    expect(loadMediaPreferences()).toEqual(choices);
    const { layoutMode, corner } = new ViewPreferences();
    expect({ layoutMode, corner }).toEqual({ layoutMode: 'speaker', corner: 'top-left' });
  });

  it("keeps what a guest's page writes and reads", () => {
    const guest = storage.guest;
    const [settings, reload] = [memoryStore(), memoryStore()];
    const invite = anInvite();
    const { room, ...kept } = guest['parlour.reload'];
    const chosen = { ...DEFAULTS, ...guest['parlour.settings'] } as typeof DEFAULTS;
    saveSettings(settings, chosen);
    writeReload(reload, invite, kept);
    expect(JSON.parse(settings.read() ?? '')).toEqual(guest['parlour.settings']);
    expect(JSON.parse(reload.read() ?? '')).toEqual({ ...kept, room });
    expect(loadSettings(settings)).toEqual(chosen);
    expect(takeReload(reload, invite)).toEqual(kept);
  });

  it('keeps the names of layouts and corners', () => {
    const layouts = { auto: true, grid: true, speaker: true } satisfies Record<LayoutMode, true>;
    const corners = {
      'top-left': true,
      'top-right': true,
      'bottom-right': true,
      'bottom-left': true,
    } satisfies Record<Corner, true>;
    expect([Object.keys(layouts), Object.keys(corners)]).toEqual([storage.layouts, storage.corners]);
    expect([LAYOUT_MODES, CORNERS]).toEqual([storage.layouts, storage.corners]);
  });

  it('has no other key', async () => {
    const sources = import.meta.glob<string>(['../**/*.{ts,svelte}', '!../**/*.test.ts'], {
      query: '?raw',
      import: 'default',
    });
    const texts = await Promise.all(Object.values(sources).map((read) => read()));
    const keys = texts.flatMap((text) =>
      [...text.matchAll(/['"`](parlour\.\w+)['"`]/g)].map(([, key]) => key),
    );
    const known = [
      ...Object.keys(storage.local),
      ...Object.keys(storage.session),
      ...Object.keys(storage.guest),
      storage.secret,
    ];
    expect(new Set(keys)).toEqual(new Set(known));
    const users = texts.filter((text) => /\b(?:local|session)Storage\b/.test(text));
    expect(users.every((text) => /['"`]parlour\.\w+['"`]/.test(text))).toBe(true);
  });
});
