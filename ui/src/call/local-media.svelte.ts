import { listDevices, type DeviceChoice } from '../rtc/media/devices';
import { Meter } from '../rtc/media/audio-level';
import {
  cameraConstraints,
  capture,
  microphoneConstraints,
  type Captured,
  type Processing,
  type Source,
} from '../rtc/media/capture';
import type { MediaState } from '../rtc/data-channel/channel';
import type { DeviceProblem } from '../rtc/problem';
import { loadChoices, saveChoices, type Choices, type Device } from './media-preferences';
import { MutedHint } from './muted-hint';
import { Speaker } from './speaker.svelte';

export type { Device, Processing };

/** A device was pulled out and another one has taken its place, or it is there again. */
export interface DeviceNews {
  device: Device;
  /** What was pulled out; null when it has come back. */
  was: string | null;
  now: string;
}

/** How long news stay. */
const NEWS = 9_000;

/** What the call hears of its own media. */
export interface MediaEvents {
  /** Another track, or none, is to be sent. */
  track(source: Source, track: MediaStreamTrack | null): void;
  /** What the others should see about it. */
  state(state: MediaState): void;
}

/** One's own camera and microphone. */
export class LocalMedia {
  /** The picture of one's own camera, without sound; null while the camera is off. */
  stream = $state.raw<MediaStream | null>(null);
  /** What the person wants. Whether it can be had say the problems. */
  micOn = $state(true);
  cameraOn = $state(true);
  /** How loud it is at the microphone, 0 to 1; also while muted. */
  micLevel = $state(0);
  micProblem = $state<DeviceProblem | null>(null);
  cameraProblem = $state<DeviceProblem | null>(null);
  cameras = $state.raw<DeviceChoice[]>([]);
  microphones = $state.raw<DeviceChoice[]>([]);
  /** The device in use, or the one chosen. */
  cameraId = $state<string | null>(null);
  micId = $state<string | null>(null);
  readonly speaker: Speaker;
  /** What is done to the microphone's sound. */
  processing = $state.raw<Readonly<Record<Processing, boolean>>>(loadChoices().processing);
  /** What has become of the devices, for some seconds. */
  news = $state.raw<DeviceNews | null>(null);
  /** Muted, and talking. */
  mutedHint = $state(false);
  /** A device is being opened. */
  starting = $state(false);

  readonly tracks: Record<Source, MediaStreamTrack | null> = { microphone: null, camera: null };
  #devices: MediaDevices | undefined;
  #events: MediaEvents;
  #hint = new MutedHint();
  #meter = new Meter((level) => {
    this.micLevel = level;
    this.mutedHint = this.#hint.hear(level, !this.micOn, performance.now());
  });
  #choices: Choices = loadChoices();
  /** The device that is asked for now, if a certain one is. */
  #target: Record<Source, string | null>;
  /** One that is not there at the moment: it is taken again when it comes back. */
  #lost: Record<Source, string | null> = { microphone: null, camera: null };
  /** What was pulled out and is not replaced yet. */
  #pulled: Record<Source, string | null> = { microphone: null, camera: null };
  #newsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what was asked of each source: an answer to anything but the last is thrown away. */
  #turns: Record<Source, number> = { microphone: 0, camera: 0 };
  /** How many answers each source waits for. */
  #opening: Record<Source, number> = { microphone: 0, camera: 0 };
  /** Muted, and heard as long as a key is held. */
  #talking = false;
  #people = 1;
  #closed = false;

  constructor(events: MediaEvents, devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices) {
    this.#events = events;
    this.#devices = devices;
    this.micOn = this.#choices.on.microphone;
    this.cameraOn = this.#choices.on.camera;
    this.micId = this.#choices.device.microphone;
    this.cameraId = this.#choices.device.camera;
    const { microphone, camera, speaker } = this.#choices.device;
    this.#target = { microphone, camera };
    this.speaker = new Speaker(speaker, (was, now) => this.#tell({ device: 'speaker', was, now }));
  }

  /** What the others are told. */
  get state(): MediaState {
    return {
      mic: this.micOn && this.tracks.microphone !== null,
      camera: this.cameraOn && this.tracks.camera !== null,
    };
  }

  /** Opens the microphone (muted or not, so that unmuting takes no time) and, if it is on, the camera. */
  start(): Promise<void> {
    this.#devices?.addEventListener?.('devicechange', this.#devicesChanged);
    return this.#open(this.cameraOn ? ['microphone', 'camera'] : ['microphone']);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#newsTimer);
    this.#devices?.removeEventListener?.('devicechange', this.#devicesChanged);
    this.#meter.close();
    for (const source of ['microphone', 'camera'] as const) this.#drop(source);
    this.stream = null;
  }

  /** Muting keeps the microphone open; nothing but silence is sent. */
  toggleMic(): void {
    this.#talking = false;
    this.#setMic(!this.micOn);
    this.#keep();
  }

  /** Heard while muted, until {@link hush}: a key is held. */
  talk(): void {
    if (this.micOn) return;
    this.#talking = true;
    this.#setMic(true);
  }

  hush(): void {
    if (!this.#talking) return;
    this.#talking = false;
    this.#setMic(false);
  }

  #setMic(on: boolean): void {
    this.micOn = on;
    const { microphone } = this.tracks;
    if (microphone) microphone.enabled = on;
    else if (on) void this.#open(['microphone']);
    this.#events.state(this.state);
  }

  /** Turning the camera off really stops it, and its light goes out. */
  toggleCamera(): void {
    this.cameraOn = !this.cameraOn;
    this.#keep();
    if (this.cameraOn) {
      void this.#open(['camera']);
    } else {
      this.#turns.camera += 1;
      this.cameraProblem = null;
      this.#put('camera', null);
    }
  }

  chooseCamera(id: string): void {
    this.#choose('camera', id);
  }

  chooseMic(id: string): void {
    this.#choose('microphone', id);
  }

  chooseSpeaker(id: string): void {
    this.speaker.choose(id);
    this.#choices.device.speaker = id;
    this.#keep();
  }

  /** Takes hold at once: on the open microphone where the browser can, else it is opened anew. */
  async process(what: Processing, on: boolean): Promise<void> {
    this.processing = { ...this.processing, [what]: on };
    this.#choices.processing = { ...this.processing };
    this.#keep();
    const { microphone } = this.tracks;
    if (!microphone) return;
    await microphone.applyConstraints(this.#constraints('microphone')).catch(() => undefined);
    const now = microphone.getSettings()[what];
    if (now !== this.processing[what] && microphone === this.tracks.microphone)
      await this.#open(['microphone']);
  }

  dismissNews(): void {
    this.news = null;
  }

  /** Asks again for what is on and could not be had. */
  retry(): void {
    const missing: Source[] = [];
    if (this.micProblem) missing.push('microphone');
    if (this.cameraProblem && this.cameraOn) missing.push('camera');
    if (missing.length > 0) void this.#open(missing);
  }

  /** How many people are in the call: with many, a smaller picture is enough. */
  fit(people: number): void {
    if (people === this.#people) return;
    this.#people = people;
    this.#fitCamera();
  }

  /** A camera that cannot do it goes on as it is. */
  #fitCamera(): void {
    const { camera } = this.tracks;
    camera?.applyConstraints?.(this.#constraints('camera')).catch(() => undefined);
  }

  #choose(source: Source, id: string): void {
    this.#choices.device[source] = this.#target[source] = id;
    this.#lost[source] = null;
    this.#setId(source, id);
    this.#keep();
    if (source === 'microphone' || this.cameraOn) void this.#open([source]);
  }

  async #open(sources: Source[]): Promise<void> {
    const turns = sources.map((source) => (this.#turns[source] += 1));
    const people = this.#people;
    this.#wait(sources, 1);
    const got = await capture(
      Object.fromEntries(sources.map((source) => [source, this.#constraints(source)])),
      this.#devices,
    );
    this.#wait(sources, -1);
    sources.forEach((source, index) => {
      const captured = got[source];
      if (!captured) return;
      if (this.#closed || turns[index] !== this.#turns[source]) {
        if ('track' in captured) captured.track.stop();
      } else {
        this.#take(source, captured);
      }
    });
    // People were found while the camera opened.
    if (people !== this.#people) this.#fitCamera();
    await this.#list();
  }

  #wait(sources: Source[], more: 1 | -1): void {
    for (const source of sources) this.#opening[source] += more;
    this.starting = this.#opening.microphone + this.#opening.camera > 0;
  }

  #take(source: Source, captured: Captured): void {
    if ('track' in captured) {
      this.#setProblem(source, null);
      this.#put(source, captured.track);
      const was = this.#pulled[source];
      this.#pulled[source] = null;
      if (was !== null) this.#tell({ device: source, was, now: captured.track.label });
    } else if (captured.problem === 'missing' && this.#target[source] !== null) {
      // The chosen device is not there (any more): any other will do, until it is.
      this.#lost[source] = this.#target[source];
      this.#target[source] = null;
      void this.#open([source]);
    } else {
      this.#setProblem(source, captured.problem);
      this.#setId(source, this.tracks[source]?.getSettings().deviceId ?? null);
      this.#events.state(this.state);
    }
  }

  /** The source's track from now on, or none. */
  #put(source: Source, track: MediaStreamTrack | null): void {
    this.#drop(source);
    this.tracks[source] = track;
    if (track) {
      track.onended = () => this.#unplugged(source);
      this.#setId(source, track.getSettings().deviceId ?? null);
    }
    if (source === 'microphone') {
      if (track) track.enabled = this.micOn;
      this.#meter.watch(track);
    } else {
      this.stream = track && new MediaStream([track]);
    }
    this.#events.track(source, track);
    this.#events.state(this.state);
  }

  #drop(source: Source): void {
    const track = this.tracks[source];
    if (!track) return;
    track.onended = null;
    track.stop();
    this.tracks[source] = null;
  }

  /** The device was pulled out (or taken away): another one is tried. */
  #unplugged(source: Source): void {
    const { label = '' } = this.tracks[source] ?? {};
    const id = this.tracks[source]?.getSettings().deviceId ?? null;
    this.#pulled[source] = label;
    // The system's choice comes back by itself.
    this.#lost[source] = this.#target[source] ?? (id === 'default' ? null : id);
    this.#target[source] = null;
    this.#put(source, null);
    this.#setProblem(source, 'missing');
    void this.#open([source]);
  }

  /** One that was lost is there again: it is taken in the place of the other. */
  #comesBack(source: Source, there: DeviceChoice[]): void {
    const back = there.find(({ id }) => id === this.#lost[source]);
    if (!back || this.#opening[source] > 0 || (source === 'camera' && !this.cameraOn)) return;
    this.#lost[source] = null;
    this.#pulled[source] = null;
    this.#target[source] = back.id;
    this.#tell({ device: source, was: null, now: back.label });
    void this.#open([source]);
  }

  #tell(news: DeviceNews): void {
    clearTimeout(this.#newsTimer);
    this.news = news;
    this.#newsTimer = setTimeout(() => (this.news = null), NEWS);
  }

  /** A device came or went: what could not be had is tried again. A webcam's two halves may come one by one. */
  #devicesChanged = async (): Promise<void> => {
    await this.#list();
    if (this.#closed) return;
    this.#comesBack('microphone', this.microphones);
    this.#comesBack('camera', this.cameras);
    const mayHelp = (source: Source, problem: DeviceProblem | null, there: DeviceChoice[]) =>
      this.#opening[source] === 0 &&
      problem !== null &&
      problem !== 'denied' &&
      problem !== 'unsupported' &&
      there.length > 0;
    if (mayHelp('microphone', this.micProblem, this.microphones)) void this.#open(['microphone']);
    if (this.cameraOn && mayHelp('camera', this.cameraProblem, this.cameras)) void this.#open(['camera']);
  };

  async #list(): Promise<void> {
    const { cameras, microphones, speakers } = await listDevices(this.#devices);
    this.cameras = cameras;
    this.microphones = microphones;
    if (!this.#closed) this.speaker.list(speakers);
  }

  #constraints(source: Source): MediaTrackConstraints {
    const id = this.#target[source];
    return source === 'microphone'
      ? microphoneConstraints(id, this.processing)
      : cameraConstraints(id, this.#people);
  }

  #keep(): void {
    this.#choices.on = { microphone: this.micOn && !this.#talking, camera: this.cameraOn };
    saveChoices(this.#choices);
  }

  #setId(source: Source, id: string | null): void {
    if (source === 'microphone') this.micId = id;
    else this.cameraId = id;
  }

  #setProblem(source: Source, problem: DeviceProblem | null): void {
    if (source === 'microphone') this.micProblem = problem;
    else this.cameraProblem = problem;
  }
}
