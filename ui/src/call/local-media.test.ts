import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaState } from '../rtc/data-channel/messages';
import type { CaptureSource } from '../types';
import { FakeStream } from '../rtc/testing';
import { LocalMedia } from './local-media.svelte';

class FakeTrack {
  enabled = true;
  readyState = 'live';
  muted = false;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  onended: (() => void) | null = null;
  applied: MediaTrackConstraints[] = [];
  processing: Partial<Record<string, boolean>> = {};
  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId: string,
  ) {}
  get label() {
    return this.deviceId.toUpperCase();
  }
  stop = () => void (this.readyState = 'ended');
  getSettings = () => ({ deviceId: this.deviceId, ...this.processing });
  applyConstraints = async (constraints: MediaTrackConstraints) => void this.applied.push(constraints);
  /** The switch of a headset. */
  silence(muted: boolean) {
    this.muted = muted;
    (muted ? this.onmute : this.onunmute)?.();
  }
  /** The device is unplugged. */
  unplug() {
    this.stop();
    this.onended?.();
  }
}

/** The first device of a kind is the default. */
class Machine extends EventTarget {
  there: Record<'audio' | 'video', string[]> = { audio: ['mic1', 'mic2'], video: ['cam1', 'cam2'] };
  speakers: string[] = ['speaker1', 'speaker2'];
  refusal: Partial<Record<'audio' | 'video', string>> = {};
  /** Errors by device. */
  broken: Record<string, DOMException> = {};
  /** The devices that do not answer yet, and how to make them. */
  silent: Record<string, Promise<void>> = {};
  asked: MediaStreamConstraints[] = [];
  tracks: FakeTrack[] = [];
  /** While set, requests wait for it. */
  gate: Promise<void> | null = null;

  getUserMedia = async (constraints: MediaStreamConstraints) => {
    this.asked.push(constraints);
    await this.gate;
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind]);
    const wantedIds = kinds.map(
      (kind) =>
        ((constraints[kind] as MediaTrackConstraints).deviceId as { exact: string } | undefined)?.exact ??
        this.there[kind][0] ??
        '',
    );
    for (const id of wantedIds) await this.silent[id];
    const broken = wantedIds.find((id) => this.broken[id]);
    if (broken !== undefined) throw this.broken[broken];
    const tracks = kinds.map((kind) => {
      const refusal = this.refusal[kind];
      if (refusal) throw new DOMException('', refusal);
      const wanted = (constraints[kind] as MediaTrackConstraints).deviceId as { exact: string } | undefined;
      const id = wanted ? this.there[kind].find((there) => there === wanted.exact) : this.there[kind][0];
      if (id === undefined) throw new DOMException('', wanted ? 'OverconstrainedError' : 'NotFoundError');
      return new FakeTrack(kind, id);
    });
    this.tracks.push(...tracks);
    return new FakeStream(tracks as unknown as MediaStreamTrack[]);
  };

  enumerateDevices = async () => [
    ...(['audio', 'video'] as const).flatMap((kind) =>
      this.there[kind].map((id) => ({ kind: `${kind}input`, deviceId: id, label: id.toUpperCase() })),
    ),
    ...this.speakers.map((id) => ({ kind: 'audiooutput', deviceId: id, label: id.toUpperCase() })),
  ];

  last(kind: 'audio' | 'video'): FakeTrack {
    const track = this.tracks.filter((made) => made.kind === kind).at(-1);
    if (!track) throw new Error(`no ${kind} was opened`);
    return track;
  }
}

const memory = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
};

let machine: Machine;
let sent: string[];
let states: MediaState[];

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('sessionStorage', memory());
  vi.stubGlobal('localStorage', memory());
  machine = new Machine();
  sent = [];
  states = [];
});
afterEach(() => void vi.unstubAllGlobals());

async function started(): Promise<LocalMedia> {
  const media = made();
  await media.start();
  return media;
}
const made = () => {
  const media: LocalMedia = new LocalMedia(
    {
      onTrack: (source: CaptureSource, track) =>
        sent.push(`${source} ${(track as FakeTrack | null)?.deviceId ?? 'none'}`),
      onStateChange: () => states.push(media.state),
    },
    machine as unknown as MediaDevices,
  );
  return media;
};
const ready = (media: LocalMedia) => vi.waitFor(() => expect(media.starting).toBe(false));

describe('starting', () => {
  it('asks once for both, and names the devices', async () => {
    const media = await started();
    expect(machine.asked).toHaveLength(1);
    expect(media).toMatchObject({ micProblem: null, cameraProblem: null, micId: 'mic1', cameraId: 'cam1' });
    expect(media.cameras).toEqual([
      { id: 'cam1', label: 'CAM1' },
      { id: 'cam2', label: 'CAM2' },
    ]);
    expect(media.stream?.getTracks()).toHaveLength(1);
    expect(states.at(-1)).toEqual({ mic: true, camera: true });
    media.close();
    expect(machine.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });

  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'failed'],
    ['AbortError', 'failed'],
  ] as const)(
    'without a camera (%s) one has the microphone, and the problem by name',
    async (name, problem) => {
      machine.refusal.video = name;
      const media = await started();
      expect(media).toMatchObject({ cameraProblem: problem, micProblem: null, stream: null });
      expect(sent).toEqual(['microphone mic1']);
      expect(states.at(-1)).toEqual({ mic: true, camera: false });
      machine.refusal = {};
      media.retry();
      await ready(media);
      expect(media.cameraProblem).toBeNull();
      expect(sent.at(-1)).toBe('camera cam1');
      media.close();
    },
  );

  it('uses a microphone whose level cannot be measured', async () => {
    vi.stubGlobal('AudioContext', function refuse() {
      throw new DOMException('', 'NotSupportedError');
    });
    const media = await started();
    expect(sent).toEqual(['microphone mic1', 'camera cam1']);
    expect(media).toMatchObject({ micProblem: null, cameraProblem: null });
    media.close();
  });

  it('reports it when the page can have no media at all', async () => {
    const media = new LocalMedia({ onTrack: () => undefined, onStateChange: () => undefined }, undefined);
    await media.start();
    expect(media).toMatchObject({ cameraProblem: 'unsupported', micProblem: 'unsupported' });
    expect([media.toggleMicrophone, media.toggleCamera]).toEqual([null, null]);
    media.close();
  });
});

describe('on and off', () => {
  it('mutes without closing the microphone, and really stops the camera', async () => {
    const media = await started();
    media.toggleMicrophone?.();
    media.toggleCamera?.();
    expect(machine.last('audio')).toMatchObject({ enabled: false, readyState: 'live' });
    expect(machine.last('video').readyState).toBe('ended');
    expect(media.stream).toBeNull();
    expect(states.at(-1)).toEqual({ mic: false, camera: false });
    media.toggleMicrophone?.();
    media.toggleCamera?.();
    await ready(media);
    expect(machine.last('audio').enabled).toBe(true);
    expect(sent.slice(-2)).toEqual(['camera none', 'camera cam1']);
    expect(states.at(-1)).toEqual({ mic: true, camera: true });
    media.close();
  });

  it('closes a camera at once that opens after it was turned off', async () => {
    const media = await started();
    media.toggleCamera?.();
    let open = () => {};
    machine.gate = new Promise((resolve) => (open = resolve));
    media.toggleCamera?.();
    media.toggleCamera?.();
    open();
    machine.gate = null;
    await ready(media);
    expect(machine.last('video').readyState).toBe('ended');
    expect(media.stream).toBeNull();
    expect(sent.at(-1)).toBe('camera none');
    media.close();
  });

  it('unmutes only while the push-to-talk key is held', async () => {
    const media = await started();
    media.startPushToTalk();
    media.stopPushToTalk();
    expect(media.micOn, 'push to talk does not mute an unmuted microphone').toBe(true);
    media.toggleMicrophone?.();
    media.startPushToTalk();
    expect(machine.last('audio').enabled).toBe(true);
    expect(states.at(-1)).toMatchObject({ mic: true });
    media.toggleCamera?.();
    expect((await started()).micOn, 'a reload finds one muted').toBe(false);
    media.stopPushToTalk();
    expect(states.at(-1)).toMatchObject({ mic: false });
  });

  it('keeps a muted microphone muted after a reload', async () => {
    const before = await started();
    before.toggleMicrophone?.();
    before.toggleCamera?.();
    const media = await started();
    expect(media).toMatchObject({ micOn: false, cameraOn: false, stream: null });
    expect(machine.last('audio').enabled).toBe(false);
    expect(machine.asked.at(-1)).not.toHaveProperty('video');
    before.close();
    media.close();
  });
});

describe('devices', () => {
  it('change during the call, and the choice is kept for the next one', async () => {
    const media = await started();
    const old = machine.last('video');
    media.chooseCamera('cam2');
    await ready(media);
    expect(old.readyState).toBe('ended');
    expect(sent.at(-1)).toBe('camera cam2');
    expect((await started()).cameraId).toBe('cam2');
  });

  it('that are in use by another program leave the old one in place, with a problem', async () => {
    const media = await started();
    machine.broken = { mic2: new DOMException('Device in use', 'NotReadableError') };
    media.chooseMicrophone('mic2');
    await ready(media);
    expect(media).toMatchObject({ micProblem: 'in_use', micId: 'mic1', micState: 'on' });
    expect(media.problemLabels.microphone).toBe('MIC2');
    expect(machine.last('audio').readyState).toBe('live');
  });

  it('that are unplugged are replaced by another', async () => {
    const media = await started();
    media.chooseCamera('cam2');
    await ready(media);
    machine.there.video = ['cam1'];
    machine.last('video').unplug();
    expect(media.cameraProblem).toBe('missing');
    await ready(media);
    expect(media).toMatchObject({ cameraProblem: null, cameraId: 'cam1' });
    expect(sent.slice(-2)).toEqual(['camera none', 'camera cam1']);
  });

  it('that are preferred are named when they are unplugged, and used again when they come back', async () => {
    const media = await started();
    media.chooseMicrophone('mic2');
    await ready(media);
    machine.there.audio = ['mic1'];
    machine.last('audio').unplug();
    await ready(media);
    expect(media.micId).toBe('mic1');
    expect(media.deviceChange).toEqual({ device: 'microphone', was: 'MIC2', now: 'MIC1' });
    expect((await started()).micId, 'another call asks for it first').toBe('mic1');
    machine.there.audio = ['mic1', 'mic2'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(media.micId).toBe('mic2'));
    expect(media.deviceChange).toEqual({ device: 'microphone', was: null, now: 'MIC2' });
    expect(sent.at(-1)).toBe('microphone mic2');
  });

  it('that were in use without a choice come back too, unless another was chosen meanwhile', async () => {
    const media = await started();
    machine.there.video = ['cam2'];
    machine.last('video').unplug();
    await ready(media);
    expect(media.cameraId).toBe('cam2');
    media.chooseCamera('cam2');
    await ready(media);
    machine.there.video = ['cam1', 'cam2'];
    machine.dispatchEvent(new Event('devicechange'));
    await ready(media);
    expect(media.cameraId).toBe('cam2');
  });

  it('that are missing at first are used when they appear', async () => {
    const media = await started();
    media.chooseMicrophone('mic2');
    await ready(media);
    machine.there.audio = ['mic1'];
    const next = await started();
    await ready(next);
    expect(next).toMatchObject({ micId: 'mic1', deviceChange: null });
    machine.there.audio = ['mic1', 'mic2'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(next.micId).toBe('mic2'));
  });

  it('for output are kept, replaced when unplugged, and used again', async () => {
    const media = await started();
    expect(media.speaker).toMatchObject({ id: '', choices: [{ id: 'speaker1' }, { id: 'speaker2' }] });
    media.chooseSpeaker('speaker2');
    const next = await started();
    expect(next.speaker.id).toBe('speaker2');
    machine.speakers = ['speaker1'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(next.speaker.id).toBe(''));
    expect(next.deviceChange).toEqual({ device: 'speaker', was: 'SPEAKER2', now: 'SPEAKER1' });
    machine.speakers = ['speaker1', 'speaker2'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(next.speaker.id).toBe('speaker2'));
    expect(next.deviceChange).toEqual({ device: 'speaker', was: null, now: 'SPEAKER2' });
  });

  it('give unprocessed audio on request, at once and in the next call', async () => {
    const media = await started();
    expect(machine.asked[0]?.audio).toMatchObject({ echoCancellation: true, noiseSuppression: true });
    machine.last('audio').processing = { noiseSuppression: false };
    await media.setProcessing('noiseSuppression', false);
    expect(machine.last('audio').applied.at(-1)).toMatchObject({ noiseSuppression: false });
    expect(machine.asked, 'the open one could').toHaveLength(1);
    // Some browsers cannot change an open microphone.
    await media.setProcessing('echoCancellation', false);
    expect(machine.asked.at(-1)?.audio).toMatchObject({ echoCancellation: false, noiseSuppression: false });
    await started();
    expect(machine.asked.at(-1)?.audio).toMatchObject({ echoCancellation: false, autoGainControl: true });
  });

  it('that failed are tried again when they come back', async () => {
    const media = await started();
    machine.there.video = [];
    machine.last('video').unplug();
    await ready(media);
    expect(media.cameraProblem).toBe('missing');
    machine.there.video = ['cam3'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(media.cameraProblem).toBeNull());
    expect(media.cameras).toEqual([{ id: 'cam3', label: 'CAM3' }]);
    expect(states.at(-1)).toEqual({ mic: true, camera: true });
  });

  it('of one webcam that appear one after the other are both used', async () => {
    machine.there = { audio: [], video: [] };
    const media = await started();
    expect(media).toMatchObject({ micProblem: 'missing', cameraProblem: 'missing' });
    let open = () => {};
    machine.gate = new Promise((resolve) => (open = resolve));
    machine.there.audio = ['webcam'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(media.starting).toBe(true));
    machine.there.video = ['webcam'];
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(media.cameras).toHaveLength(1));
    open();
    await vi.waitFor(() => expect(media).toMatchObject({ micProblem: null, cameraProblem: null }));
    media.close();
  });

  it('make a smaller picture also when the number of people changed while the camera opened', async () => {
    let open = () => {};
    machine.gate = new Promise((resolve) => (open = resolve));
    const media = made();
    const starting = media.start();
    media.setPeopleCount(5);
    open();
    await starting;
    expect(machine.last('video').applied.at(-1)).toMatchObject({ width: { ideal: 640 } });
    media.close();
  });

  it('make a smaller picture for many people', async () => {
    const media = await started();
    media.setPeopleCount(2);
    media.setPeopleCount(5);
    expect(machine.last('video').applied.at(-1)).toMatchObject({ width: { ideal: 640 } });
  });
});

/** A device that does not answer, and how it does in the end. */
function silence(id: string): () => void {
  let answer = () => {};
  machine.silent[id] = new Promise((resolve) => (answer = resolve));
  return answer;
}

describe('a device that never answers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('a camera: the microphone is heard after some seconds, and the camera is taken when it comes', async () => {
    machine.there.video = ['cam1'];
    const answer = silence('cam1');
    const media = made();
    void media.start();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(states.at(-1)).toEqual({ mic: true, camera: false });
    expect(media.cameraProblem, 'a slow camera is no fault').toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(media).toMatchObject({ cameraProblem: 'no_answer', cameraState: 'missing', micState: 'on' });
    expect(media.starting).toBe(false);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(media).toMatchObject({ cameraProblem: null, cameraState: 'on' });
    const live = machine.tracks.filter(({ readyState }) => readyState === 'live');
    expect(live.map(({ kind }) => kind).sort(), 'nothing else stays open').toEqual(['audio', 'video']);
    media.close();
  });

  it('a camera that was turned off meanwhile is stopped when it comes', async () => {
    machine.there.video = ['cam1'];
    const answer = silence('cam1');
    const media = made();
    void media.start();
    await vi.advanceTimersByTimeAsync(14_000);
    media.cameraOn = true;
    media.cameraProblem = null;
    media.toggleCamera?.();
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(machine.last('video').readyState).toBe('ended');
    expect(media.stream).toBeNull();
    media.close();
  });

  it('a microphone: the camera is seen', async () => {
    machine.there.audio = ['mic1'];
    const answer = silence('mic1');
    const media = made();
    void media.start();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(states.at(-1)).toEqual({ mic: false, camera: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(media).toMatchObject({ micProblem: 'no_answer', micState: 'missing' });
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(media.micState).toBe('on');
    media.close();
  });

  it('one that was chosen leaves the old one in use, and is taken when it comes', async () => {
    const media = made();
    await media.start();
    const answer = silence('cam2');
    media.chooseCamera('cam2');
    await vi.advanceTimersByTimeAsync(6_000);
    expect(media).toMatchObject({ cameraProblem: 'no_answer', cameraId: 'cam1', cameraState: 'on' });
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(media).toMatchObject({ cameraProblem: null, cameraId: 'cam2' });
    media.close();
  });

  it('is no fault while the person is asked: the words are Allow the camera', async () => {
    let state = 'prompt';
    vi.stubGlobal('navigator', { permissions: { query: async () => ({ state }) } });
    let answer = () => {};
    machine.gate = new Promise((resolve) => (answer = resolve));
    const media = made();
    void media.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(media).toMatchObject({ micProblem: null, cameraProblem: null, starting: true });
    expect([...media.prompts].sort()).toEqual(['camera', 'microphone']);
    expect(machine.asked, 'one question').toHaveLength(1);
    state = 'granted';
    answer();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(media).toMatchObject({ micState: 'on', cameraState: 'on', prompts: [] });
    media.close();
  });

  it('a list of devices that does not come keeps nobody waiting', async () => {
    machine.enumerateDevices = () => new Promise(() => {});
    const media = made();
    let isStarted = false;
    void media.start().then(() => (isStarted = true));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(isStarted).toBe(true);
    expect(media.micState).toBe('on');
    media.close();
  });
});

describe('a device that is there and cannot be opened', () => {
  it.each(['NotReadableError', 'AbortError', 'OverconstrainedError'])(
    'gives way to another camera, and is taken back when it can be (%s)',
    async (name) => {
      const before = await started();
      before.chooseCamera('cam1');
      await ready(before);
      before.close();
      machine.broken = { cam1: new DOMException('', name) };
      const media = await started();
      expect(media).toMatchObject({ cameraId: 'cam2', cameraProblem: null, cameraState: 'on' });
      if (name !== 'OverconstrainedError')
        expect(media.deviceChange).toEqual({ device: 'camera', was: 'CAM1', now: 'CAM2', failed: true });
      // Something else is plugged in: it is tried, and the picture stays meanwhile.
      const count = machine.asked.length;
      machine.dispatchEvent(new Event('devicechange'));
      await vi.waitFor(() => expect(machine.asked.length).toBeGreaterThan(count));
      await ready(media);
      expect(media).toMatchObject({ cameraId: 'cam2', cameraProblem: null });
      machine.broken = {};
      machine.dispatchEvent(new Event('devicechange'));
      await vi.waitFor(() => expect(media.cameraId).toBe('cam1'));
      expect(media.deviceChange).toEqual({ device: 'camera', was: null, now: 'CAM1' });
      media.close();
    },
  );

  it('gives way also when nobody has chosen it, and to the microphone that works', async () => {
    machine.broken = { mic1: new DOMException('', 'NotReadableError') };
    const media = await started();
    expect(media).toMatchObject({ micId: 'mic2', micProblem: null, micState: 'on' });
    media.close();
  });

  it('is taken back by turning the camera off and on', async () => {
    const before = await started();
    before.chooseCamera('cam1');
    await ready(before);
    machine.broken = { cam1: new DOMException('', 'NotReadableError') };
    const media = await started();
    machine.broken = {};
    media.toggleCamera?.();
    media.toggleCamera?.();
    await ready(media);
    expect(media.cameraId).toBe('cam1');
    media.close();
  });

  it('a speaker: the system plays, once with words', async () => {
    const media = await started();
    media.chooseSpeaker('speaker2');
    media.speaker.giveWay('speaker2');
    expect(media.speaker.id).toBe('');
    const change = { device: 'speaker', was: 'SPEAKER2', now: 'SPEAKER1', failed: true };
    expect(media.deviceChange).toEqual(change);
    machine.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(media.speaker.id).toBe('speaker2'));
    media.close();
  });
});

describe('a button of a device that does not work', () => {
  it('tries again, and leaves on and off as they were', async () => {
    machine.there = { audio: [], video: [] };
    const media = await started();
    expect(media).toMatchObject({ micState: 'missing', cameraState: 'missing', isProblemDismissed: false });
    media.dismissProblem();
    expect(media.isProblemDismissed).toBe(true);
    machine.there = { audio: ['mic1'], video: ['cam1'] };
    media.toggleMicrophone?.();
    media.toggleCamera?.();
    await ready(media);
    expect(media).toMatchObject({ micState: 'on', cameraState: 'on', micOn: true, cameraOn: true });
    media.close();
  });

  it('a headset that mutes itself is shown as muted to everybody until it is switched back', async () => {
    const media = await started();
    const headset = machine.last('audio');
    headset.silence(true);
    expect(media.isSilenced).toBe(true);
    expect(states.at(-1)?.mic).toBe(false);
    headset.silence(false);
    expect(media.isSilenced).toBe(false);
    expect(states.at(-1)?.mic).toBe(true);
    // A person who is muted here needs no other word.
    headset.silence(true);
    media.toggleMicrophone?.();
    expect(media.isSilenced).toBe(false);
  });
});
