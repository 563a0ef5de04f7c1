import { listDevices } from '../rtc/media/devices';
import { AudioLevelMeter } from '../rtc/media/audio-level';
import { cameraConstraints, capture, microphoneConstraints, type CaptureResult } from '../rtc/media/capture';
import type { MediaState } from '../rtc/data-channel/messages';
import { loadMediaPreferences, saveMediaPreferences, type MediaPreferences } from './media-preferences';
import type { AudioProcessing, CaptureSource, DeviceOption, DeviceProblem, MediaDevice } from '../types';
import { MutedHint } from './muted-hint';
import { Speaker } from './speaker.svelte';

/** A device was unplugged and another has replaced it, or it is there again. */
export interface DeviceChange {
  device: MediaDevice;
  /** The label of the unplugged device; null when it has come back. */
  was: string | null;
  now: string;
}

const DEVICE_CHANGE_DURATION_MS = 9_000;

export interface LocalMediaEvents {
  /** The track to send from now on. */
  onTrack(source: CaptureSource, track: MediaStreamTrack | null): void;
  /** `LocalMedia.state` may have changed. */
  onStateChange(): void;
}

/** Our own camera and microphone. */
export class LocalMedia {
  /** Our camera without audio; null while it is off. */
  stream = $state.raw<MediaStream | null>(null);
  /** The person's wish. The problems say whether it works. */
  micOn = $state(true);
  cameraOn = $state(true);
  /** 0 to 1, also while muted. */
  micLevel = $state(0);
  micProblem = $state<DeviceProblem | null>(null);
  cameraProblem = $state<DeviceProblem | null>(null);
  cameras = $state.raw<DeviceOption[]>([]);
  microphones = $state.raw<DeviceOption[]>([]);
  /** The device in use, or the chosen one. */
  cameraId = $state<string | null>(null);
  micId = $state<string | null>(null);
  readonly speaker: Speaker;
  processing = $state.raw<Readonly<Record<AudioProcessing, boolean>>>(loadMediaPreferences().processing);
  /** Shown for some seconds. */
  deviceChange = $state.raw<DeviceChange | null>(null);
  /** The person talks while muted. */
  mutedHint = $state(false);
  /** A device is being opened. */
  starting = $state(false);

  readonly tracks: Record<CaptureSource, MediaStreamTrack | null> = { microphone: null, camera: null };
  #devices: MediaDevices | undefined;
  #events: LocalMediaEvents;
  #mutedHint = new MutedHint();
  #meter = new AudioLevelMeter((level) => {
    this.micLevel = level;
    this.mutedHint = this.#mutedHint.update(level, !this.micOn, performance.now());
  });
  #preferences: MediaPreferences = loadMediaPreferences();
  /** The device to open; null for any. */
  #requestedId: Record<CaptureSource, string | null>;
  /** A device that is missing now. It is used again when it comes back. */
  #lostId: Record<CaptureSource, string | null> = { microphone: null, camera: null };
  /** The label of an unplugged device that is not replaced yet. */
  #unpluggedLabel: Record<CaptureSource, string | null> = { microphone: null, camera: null };
  #deviceChangeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the requests for each source: only the last one's track is used. */
  #attempts: Record<CaptureSource, number> = { microphone: 0, camera: 0 };
  /** The requests that are open. */
  #pending: Record<CaptureSource, number> = { microphone: 0, camera: 0 };
  #isPushToTalk = false;
  #people = 1;
  #closed = false;

  constructor(
    events: LocalMediaEvents,
    devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
  ) {
    this.#events = events;
    this.#devices = devices;
    this.micOn = this.#preferences.on.microphone;
    this.cameraOn = this.#preferences.on.camera;
    this.micId = this.#preferences.device.microphone;
    this.cameraId = this.#preferences.device.camera;
    const { microphone, camera, speaker } = this.#preferences.device;
    this.#requestedId = { microphone, camera };
    this.speaker = new Speaker(speaker, (was, now) =>
      this.#showDeviceChange({ device: 'speaker', was, now }),
    );
  }

  /** Microphone and camera as the others see them. */
  get state(): MediaState {
    return {
      mic: this.micOn && this.tracks.microphone !== null,
      camera: this.cameraOn && this.tracks.camera !== null,
    };
  }

  /** Opens the microphone also when muted, so that unmuting takes no time; the camera only if it is on. */
  start(): Promise<void> {
    this.#devices?.addEventListener?.('devicechange', this.#handleDeviceChange);
    return this.#open(this.cameraOn ? ['microphone', 'camera'] : ['microphone']);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#deviceChangeTimer);
    this.#devices?.removeEventListener?.('devicechange', this.#handleDeviceChange);
    this.#meter.close();
    for (const source of ['microphone', 'camera'] as const) this.#stopTrack(source);
    this.stream = null;
  }

  /** Null where the page can never have a microphone. Muting keeps it open; nothing but silence is sent. */
  get toggleMicrophone(): (() => void) | null {
    return this.micProblem === 'unsupported' ? null : this.#toggleMicrophone;
  }

  #toggleMicrophone = (): void => {
    this.#isPushToTalk = false;
    this.#setMicrophone(!this.micOn);
    this.#savePreferences();
  };

  /** Unmutes a muted microphone while a key is held. */
  startPushToTalk(): void {
    if (this.micOn) return;
    this.#isPushToTalk = true;
    this.#setMicrophone(true);
  }

  stopPushToTalk(): void {
    if (!this.#isPushToTalk) return;
    this.#isPushToTalk = false;
    this.#setMicrophone(false);
  }

  #setMicrophone(on: boolean): void {
    this.micOn = on;
    const { microphone } = this.tracks;
    if (microphone) microphone.enabled = on;
    else if (on) void this.#open(['microphone']);
    this.#events.onStateChange();
  }

  /** Null where the page can never have a camera. Turning it off really stops it, and its light goes out. */
  get toggleCamera(): (() => void) | null {
    return this.cameraProblem === 'unsupported' ? null : this.#toggleCamera;
  }

  #toggleCamera = (): void => {
    this.cameraOn = !this.cameraOn;
    this.#savePreferences();
    if (this.cameraOn) {
      void this.#open(['camera']);
    } else {
      this.#attempts.camera += 1;
      this.cameraProblem = null;
      this.#setTrack('camera', null);
    }
  };

  chooseCamera(id: string): void {
    this.#choose('camera', id);
  }

  chooseMicrophone(id: string): void {
    this.#choose('microphone', id);
  }

  chooseSpeaker(id: string): void {
    this.speaker.choose(id);
    this.#preferences.device.speaker = id;
    this.#savePreferences();
  }

  /** Changes the open microphone where the browser can; elsewhere opens it anew. */
  async setProcessing(what: AudioProcessing, on: boolean): Promise<void> {
    this.processing = { ...this.processing, [what]: on };
    this.#preferences.processing = { ...this.processing };
    this.#savePreferences();
    const { microphone } = this.tracks;
    if (!microphone) return;
    await microphone.applyConstraints(this.#constraints('microphone')).catch(() => undefined);
    const now = microphone.getSettings()[what];
    if (now !== this.processing[what] && microphone === this.tracks.microphone)
      await this.#open(['microphone']);
  }

  dismissDeviceChange(): void {
    this.deviceChange = null;
  }

  /** Opens again what is on and failed. */
  retry(): void {
    const missing: CaptureSource[] = [];
    if (this.micProblem) missing.push('microphone');
    if (this.cameraProblem && this.cameraOn) missing.push('camera');
    if (missing.length > 0) void this.#open(missing);
  }

  /** With many people in the call a smaller picture is enough. */
  setPeopleCount(people: number): void {
    if (people === this.#people) return;
    this.#people = people;
    this.#applyCameraConstraints();
  }

  /** A camera that refuses the constraints goes on as it is. */
  #applyCameraConstraints(): void {
    const { camera } = this.tracks;
    camera?.applyConstraints?.(this.#constraints('camera')).catch(() => undefined);
  }

  #choose(source: CaptureSource, id: string): void {
    this.#preferences.device[source] = this.#requestedId[source] = id;
    this.#lostId[source] = null;
    this.#setId(source, id);
    this.#savePreferences();
    if (source === 'microphone' || this.cameraOn) void this.#open([source]);
  }

  async #open(sources: CaptureSource[]): Promise<void> {
    const turns = sources.map((source) => (this.#attempts[source] += 1));
    const people = this.#people;
    this.#addPending(sources, 1);
    const got = await capture(
      Object.fromEntries(sources.map((source) => [source, this.#constraints(source)])),
      this.#devices,
    );
    this.#addPending(sources, -1);
    sources.forEach((source, index) => {
      const captured = got[source];
      if (!captured) return;
      if (this.#closed || turns[index] !== this.#attempts[source]) {
        if ('track' in captured) captured.track.stop();
      } else {
        this.#receive(source, captured);
      }
    });
    // The number of people changed while the camera opened.
    if (people !== this.#people) this.#applyCameraConstraints();
    await this.#listDevices();
  }

  #addPending(sources: CaptureSource[], more: 1 | -1): void {
    for (const source of sources) this.#pending[source] += more;
    this.starting = this.#pending.microphone + this.#pending.camera > 0;
  }

  #receive(source: CaptureSource, captured: CaptureResult): void {
    if ('track' in captured) {
      this.#setProblem(source, null);
      this.#setTrack(source, captured.track);
      const was = this.#unpluggedLabel[source];
      this.#unpluggedLabel[source] = null;
      if (was !== null) this.#showDeviceChange({ device: source, was, now: captured.track.label });
    } else if (captured.problem === 'missing' && this.#requestedId[source] !== null) {
      // The chosen device is missing: another one is used until it comes back.
      this.#lostId[source] = this.#requestedId[source];
      this.#requestedId[source] = null;
      void this.#open([source]);
    } else {
      this.#setProblem(source, captured.problem);
      this.#setId(source, this.tracks[source]?.getSettings().deviceId ?? null);
      this.#events.onStateChange();
    }
  }

  #setTrack(source: CaptureSource, track: MediaStreamTrack | null): void {
    this.#stopTrack(source);
    this.tracks[source] = track;
    if (track) {
      track.onended = () => this.#handleEnded(source);
      this.#setId(source, track.getSettings().deviceId ?? null);
    }
    if (source === 'microphone') {
      if (track) track.enabled = this.micOn;
      this.#meter.setTrack(track);
    } else {
      this.stream = track && new MediaStream([track]);
    }
    this.#events.onTrack(source, track);
    this.#events.onStateChange();
  }

  #stopTrack(source: CaptureSource): void {
    const track = this.tracks[source];
    if (!track) return;
    track.onended = null;
    track.stop();
    this.tracks[source] = null;
  }

  /** The device was unplugged: another one is tried. */
  #handleEnded(source: CaptureSource): void {
    const { label = '' } = this.tracks[source] ?? {};
    const id = this.tracks[source]?.getSettings().deviceId ?? null;
    this.#unpluggedLabel[source] = label;
    // The system restores its default device by itself.
    this.#lostId[source] = this.#requestedId[source] ?? (id === 'default' ? null : id);
    this.#requestedId[source] = null;
    this.#setTrack(source, null);
    this.#setProblem(source, 'missing');
    void this.#open([source]);
  }

  #restoreDevice(source: CaptureSource, there: DeviceOption[]): void {
    const back = there.find(({ id }) => id === this.#lostId[source]);
    if (!back || this.#pending[source] > 0 || (source === 'camera' && !this.cameraOn)) return;
    this.#lostId[source] = null;
    this.#unpluggedLabel[source] = null;
    this.#requestedId[source] = back.id;
    this.#showDeviceChange({ device: source, was: null, now: back.label });
    void this.#open([source]);
  }

  #showDeviceChange(news: DeviceChange): void {
    clearTimeout(this.#deviceChangeTimer);
    this.deviceChange = news;
    this.#deviceChangeTimer = setTimeout(() => (this.deviceChange = null), DEVICE_CHANGE_DURATION_MS);
  }

  /** Tries again what failed. The camera and the microphone of one webcam may appear one after the other. */
  #handleDeviceChange = async (): Promise<void> => {
    await this.#listDevices();
    if (this.#closed) return;
    this.#restoreDevice('microphone', this.microphones);
    this.#restoreDevice('camera', this.cameras);
    const mayHelp = (source: CaptureSource, problem: DeviceProblem | null, there: DeviceOption[]) =>
      this.#pending[source] === 0 &&
      problem !== null &&
      problem !== 'denied' &&
      problem !== 'unsupported' &&
      there.length > 0;
    if (mayHelp('microphone', this.micProblem, this.microphones)) void this.#open(['microphone']);
    if (this.cameraOn && mayHelp('camera', this.cameraProblem, this.cameras)) void this.#open(['camera']);
  };

  async #listDevices(): Promise<void> {
    const { cameras, microphones, speakers } = await listDevices(this.#devices);
    this.cameras = cameras;
    this.microphones = microphones;
    if (!this.#closed) this.speaker.setDevices(speakers);
  }

  #constraints(source: CaptureSource): MediaTrackConstraints {
    const id = this.#requestedId[source];
    return source === 'microphone'
      ? microphoneConstraints(id, this.processing)
      : cameraConstraints(id, this.#people);
  }

  #savePreferences(): void {
    this.#preferences.on = { microphone: this.micOn && !this.#isPushToTalk, camera: this.cameraOn };
    saveMediaPreferences(this.#preferences);
  }

  #setId(source: CaptureSource, id: string | null): void {
    if (source === 'microphone') this.micId = id;
    else this.cameraId = id;
  }

  #setProblem(source: CaptureSource, problem: DeviceProblem | null): void {
    if (source === 'microphone') this.micProblem = problem;
    else this.cameraProblem = problem;
  }
}
