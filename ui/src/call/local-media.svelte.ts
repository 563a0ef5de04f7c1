import { listDevices } from '../rtc/media/devices';
import { AudioLevelMeter } from '../rtc/media/audio-level';
import { cameraConstraints, capture, microphoneConstraints, type CaptureResult } from '../rtc/media/capture';
import type { MediaState } from '../rtc/data-channel/messages';
import { loadMediaPreferences, saveMediaPreferences, type MediaPreferences } from './media-preferences';
import type {
  AudioProcessing,
  CaptureSource,
  DeviceOption,
  DeviceProblem,
  DeviceState,
  MediaDevice,
} from '../types';
import { MutedHint } from './muted-hint';
import { Speaker } from './speaker.svelte';

/** A device was unplugged and another has replaced it, or it is there again. */
export interface DeviceChange {
  device: MediaDevice;
  /** The label of the device that is not used any more; null when it has come back. */
  was: string | null;
  now: string;
  /** It is there, and could not be opened. */
  failed?: true;
}

/** One request for a device. */
interface Request {
  readonly source: CaptureSource;
  readonly turn: number;
  /** The device; null for any. */
  readonly id: string | null;
  /** Another device is in use meanwhile, and stays so if this one fails. */
  readonly restores: boolean;
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
  /** The label of the device that has the problem; empty if it is not known. */
  problemLabels = $state.raw<Readonly<Record<CaptureSource, string>>>({ microphone: '', camera: '' });
  /** The person has closed the words about the problems. */
  isProblemDismissed = $state(false);
  /** The sources that the browser asks the person about. */
  prompts = $state.raw<readonly CaptureSource[]>([]);
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
  /**
   * The device that was chosen, or was in use when it was unplugged; null for any. While it cannot be had another one is
   * used.
   */
  #preferredId: Record<CaptureSource, string | null>;
  #usedId: Record<CaptureSource, string | null> = { microphone: null, camera: null };
  #hasMicrophone = $state(false);
  /** The headset's own switch or the system mutes the microphone. */
  #isSilenced = $state(false);
  /** The label of an unplugged device that is not replaced yet. */
  #unpluggedLabel: Record<CaptureSource, string | null> = { microphone: null, camera: null };
  #deviceChangeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the requests for each source: only the last one's track is used. */
  #attempts: Record<CaptureSource, number> = { microphone: 0, camera: 0 };
  /** The requests that are open. */
  #pending: Record<CaptureSource, number> = { microphone: 0, camera: 0 };
  #isPushToTalk = false;
  #people = 1;
  #closing = new AbortController();

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
    this.#preferredId = { microphone, camera };
    this.speaker = new Speaker(speaker, (change) => this.#showDeviceChange({ device: 'speaker', ...change }));
  }

  /** Microphone and camera as the others see them. */
  get state(): MediaState {
    return {
      mic: this.micOn && this.tracks.microphone !== null && !this.#isSilenced,
      camera: this.cameraOn && this.tracks.camera !== null,
    };
  }

  /** Nobody hears the person, though they are not muted here. */
  get isSilenced(): boolean {
    return this.micOn && this.#hasMicrophone && this.#isSilenced;
  }

  get micState(): DeviceState {
    if (!this.#hasMicrophone && this.micProblem) return 'missing';
    if (!this.micOn) return 'off';
    return this.#hasMicrophone ? 'on' : 'starting';
  }

  get cameraState(): DeviceState {
    if (!this.cameraOn) return 'off';
    if (this.stream) return 'on';
    return this.cameraProblem ? 'missing' : 'starting';
  }

  /** Opens the microphone also when muted, so that unmuting takes no time; the camera only if it is on. */
  start(): Promise<void> {
    this.#devices?.addEventListener?.('devicechange', this.#handleDeviceChange);
    return this.#open(this.cameraOn ? ['microphone', 'camera'] : ['microphone']);
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#deviceChangeTimer);
    this.#devices?.removeEventListener?.('devicechange', this.#handleDeviceChange);
    this.#meter.close();
    for (const source of ['microphone', 'camera'] as const) this.#stopTrack(source);
    this.stream = null;
  }

  /**
   * Null where the page can never have a microphone. Tries again what does not work. Muting keeps it open; nothing but
   * silence is sent.
   */
  get toggleMicrophone(): (() => void) | null {
    return this.micProblem === 'unsupported' ? null : this.#toggleMicrophone;
  }

  #toggleMicrophone = (): void => {
    if (this.micState === 'missing') {
      this.#retry(['microphone']);
      return;
    }
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

  /**
   * Null where the page can never have a camera. Tries again what does not work. Turning it off really stops it, and its
   * light goes out.
   */
  get toggleCamera(): (() => void) | null {
    return this.cameraProblem === 'unsupported' ? null : this.#toggleCamera;
  }

  #toggleCamera = (): void => {
    if (this.cameraState === 'missing') {
      this.#retry(['camera']);
      return;
    }
    this.cameraOn = !this.cameraOn;
    this.#savePreferences();
    if (this.cameraOn) {
      void this.#open(['camera']);
    } else {
      this.#attempts.camera += 1;
      this.cameraProblem = null;
      this.#showPrompt('camera', false);
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
      await this.#open(['microphone'], { id: this.#usedId.microphone });
  }

  dismissDeviceChange(): void {
    this.deviceChange = null;
  }

  /** Opens again what is on and failed. */
  retry(): void {
    const missing: CaptureSource[] = [];
    if (this.micProblem) missing.push('microphone');
    if (this.cameraProblem && this.cameraOn) missing.push('camera');
    this.#retry(missing);
  }

  #retry(sources: CaptureSource[]): void {
    this.isProblemDismissed = false;
    if (sources.length > 0) void this.#open(sources);
  }

  dismissProblem(): void {
    this.isProblemDismissed = true;
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
    this.#preferences.device[source] = this.#preferredId[source] = id;
    this.#unpluggedLabel[source] = null;
    this.#setId(source, id);
    this.#savePreferences();
    if (source === 'microphone' || this.cameraOn) void this.#open([source]);
  }

  /** Opens the preferred devices, or the one with this id. */
  async #open(
    sources: CaptureSource[],
    { restores = false, id }: { restores?: boolean; id?: string | null } = {},
  ): Promise<void> {
    const requests = Object.fromEntries(
      sources.map((source) => {
        const turn = (this.#attempts[source] += 1);
        return [source, { source, turn, id: id === undefined ? this.#preferredId[source] : id, restores }];
      }),
    ) as Record<CaptureSource, Request>;
    const people = this.#people;
    this.#addPending(sources, 1);
    await capture(
      Object.fromEntries(sources.map((source) => [source, this.#constraints(source, requests[source].id)])),
      {
        signal: this.#closing.signal,
        onResult: async (source, result) => {
          await this.#receive(requests[source], result);
          this.#addPending([source], -1);
        },
        onLate: (source, track) => this.#receiveLate(requests[source], track),
        onPrompt: (about) => {
          for (const source of sources)
            if (this.#isCurrent(requests[source])) this.#showPrompt(source, about.includes(source));
        },
      },
      this.#devices,
    );
    // The number of people changed while the camera opened.
    if (people !== this.#people) this.#applyCameraConstraints();
    await this.#listDevices();
  }

  #isCurrent = ({ source, turn }: Request): boolean =>
    !this.#closing.signal.aborted && turn === this.#attempts[source];

  #showPrompt(source: CaptureSource, isOpen: boolean): void {
    const others = this.prompts.filter((one) => one !== source);
    if (isOpen || others.length < this.prompts.length) this.prompts = isOpen ? [...others, source] : others;
  }

  #addPending(sources: CaptureSource[], more: 1 | -1): void {
    for (const source of sources) this.#pending[source] += more;
    this.starting = this.#pending.microphone + this.#pending.camera > 0;
  }

  async #receive(request: Request, result: CaptureResult): Promise<void> {
    const { source, restores, id } = request;
    if (!this.#isCurrent(request)) {
      if ('track' in result) result.track.stop();
      return;
    }
    if ('track' in result) {
      this.#use(source, result.track, id);
      if (restores) this.#showDeviceChange({ device: source, was: null, now: result.track.label });
      return;
    }
    if (restores) return;
    const { problem } = result;
    const isHopeless = problem === 'denied' || problem === 'unsupported';
    const label = this.#labelOf(source, id);
    // Trying the others may take long.
    if (isHopeless || this.tracks[source] || problem === 'no_answer')
      this.#setProblem(source, problem, label);
    if (!isHopeless && !this.tracks[source] && (await this.#useAnother(request, problem))) return;
    if (!this.#isCurrent(request)) return;
    this.#setProblem(source, problem, label);
    this.#setId(source, this.tracks[source]?.getSettings().deviceId ?? null);
    this.#events.onStateChange();
  }

  /** Uses the first of the other devices that opens. */
  async #useAnother(failed: Request, problem: DeviceProblem): Promise<boolean> {
    const { source } = failed;
    await this.#listDevices();
    const listed = (source === 'microphone' ? this.microphones : this.cameras).map(({ id }) => id);
    const ids = listed.filter((id) => id !== failed.id && id !== 'default');
    // Without a choice the browser has tried the first one.
    if (failed.id === null) ids.push(...ids.splice(0, 1));
    const isGone = failed.id !== null && problem === 'missing';
    for (const id of isGone ? [null, ...ids] : ids) {
      if (!this.#isCurrent(failed)) return true;
      let opened: CaptureResult | null = null;
      await capture(
        { [source]: this.#constraints(source, id) },
        {
          signal: this.#closing.signal,
          onResult: (_, result) => void (opened = result),
          onLate: (_, track) => track.stop(),
          onPrompt: () => undefined,
        },
        this.#devices,
      );
      const { track = null } = (opened ?? {}) as { track?: MediaStreamTrack };
      if (!track) continue;
      if (!this.#isCurrent(failed)) {
        track.stop();
        return true;
      }
      const was = this.#labelOf(source, failed.id);
      this.#use(source, track, id);
      if (problem !== 'missing')
        this.#showDeviceChange({ device: source, was, now: track.label, failed: true });
      return true;
    }
    return false;
  }

  /** It was given up, and comes after all. */
  #receiveLate({ source, id }: Request, track: MediaStreamTrack): void {
    const isOn = !this.#closing.signal.aborted && (source === 'microphone' || this.cameraOn);
    const isPreferred = id === this.#preferredId[source];
    const isReplaced = id !== null && this.tracks[source] !== null && this.#usedId[source] !== id;
    if (!isOn || !isPreferred || (this.tracks[source] && !isReplaced)) {
      track.stop();
      return;
    }
    this.#attempts[source] += 1;
    this.#use(source, track, id);
    if (isReplaced) this.#showDeviceChange({ device: source, was: null, now: track.label });
    void this.#listDevices();
  }

  /** `id`: as it was asked for. */
  #use(source: CaptureSource, track: MediaStreamTrack, id: string | null): void {
    this.#setProblem(source, null);
    this.#showPrompt(source, false);
    this.#usedId[source] = id ?? track.getSettings().deviceId ?? null;
    this.#setTrack(source, track);
    const was = this.#unpluggedLabel[source];
    this.#unpluggedLabel[source] = null;
    if (was === null) return;
    const isBack = this.#usedId[source] === this.#preferredId[source];
    this.#showDeviceChange({ device: source, was: isBack ? null : was, now: track.label });
  }

  #labelOf(source: CaptureSource, id: string | null): string {
    const devices = source === 'microphone' ? this.microphones : this.cameras;
    return devices.find((device) => device.id === id)?.label ?? '';
  }

  #setTrack(source: CaptureSource, track: MediaStreamTrack | null): void {
    this.#stopTrack(source);
    this.tracks[source] = track;
    if (track) {
      track.onended = () => this.#handleEnded(source);
      this.#setId(source, track.getSettings().deviceId ?? null);
    }
    if (source === 'microphone') {
      this.#hasMicrophone = track !== null;
      this.#isSilenced = track?.muted ?? false;
      if (track) {
        track.enabled = this.micOn;
        track.onmute = track.onunmute = () => {
          this.#isSilenced = track.muted;
          this.#events.onStateChange();
        };
      }
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
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
    this.tracks[source] = null;
  }

  /** The device was unplugged: another one is tried. */
  #handleEnded(source: CaptureSource): void {
    const { label = '' } = this.tracks[source] ?? {};
    const id = this.tracks[source]?.getSettings().deviceId ?? null;
    this.#unpluggedLabel[source] = label;
    // The system restores its default device by itself.
    this.#preferredId[source] ??= id === 'default' ? null : id;
    this.#setTrack(source, null);
    this.#setProblem(source, 'missing', label);
    void this.#open([source]);
  }

  /** Takes the preferred device back. One that is there and cannot be opened leaves the other in use. */
  #restoreDevice(source: CaptureSource, there: DeviceOption[]): void {
    const preferred = this.#preferredId[source];
    if (preferred === this.#usedId[source] || !there.some(({ id }) => id === preferred)) return;
    if (this.#pending[source] > 0 || !this.tracks[source]) return;
    this.#unpluggedLabel[source] = null;
    void this.#open([source], { restores: true });
  }

  #showDeviceChange(news: DeviceChange): void {
    clearTimeout(this.#deviceChangeTimer);
    this.deviceChange = news;
    this.#deviceChangeTimer = setTimeout(() => (this.deviceChange = null), DEVICE_CHANGE_DURATION_MS);
  }

  /** Tries again what failed. The camera and the microphone of one webcam may appear one after the other. */
  #handleDeviceChange = async (): Promise<void> => {
    await this.#listDevices();
    if (this.#closing.signal.aborted) return;
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
    const listed = await listDevices(this.#closing.signal, this.#devices);
    if (!listed) return;
    this.cameras = listed.cameras;
    this.microphones = listed.microphones;
    if (!this.#closing.signal.aborted) this.speaker.setDevices(listed.speakers);
  }

  #constraints(source: CaptureSource, id = this.#usedId[source]): MediaTrackConstraints {
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

  #setProblem(source: CaptureSource, problem: DeviceProblem | null, label = ''): void {
    const before = source === 'microphone' ? this.micProblem : this.cameraProblem;
    if (problem !== before) this.isProblemDismissed = false;
    this.problemLabels = { ...this.problemLabels, [source]: label };
    if (source === 'microphone') this.micProblem = problem;
    else this.cameraProblem = problem;
  }
}
