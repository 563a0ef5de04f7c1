import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaState } from '../rtc/data-channel/messages';
import type { CaptureSource } from '../types';
import { FakeStream } from '../rtc/testing';
import { LocalMedia } from './local-media.svelte';

class FakeTrack {
  enabled = true;
  readyState = 'live';
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
  asked: MediaStreamConstraints[] = [];
  tracks: FakeTrack[] = [];
  /** While set, requests wait for it. */
  gate: Promise<void> | null = null;

  getUserMedia = async (constraints: MediaStreamConstraints) => {
    this.asked.push(constraints);
    await this.gate;
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind]);
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
    ['NotReadableError', 'in_use'],
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
    machine.refusal.audio = 'NotReadableError';
    media.chooseMicrophone('mic2');
    await ready(media);
    expect(media).toMatchObject({ micProblem: 'in_use', micId: 'mic1' });
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
