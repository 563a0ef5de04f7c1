import type { AnyPair } from '../../call/call.svelte';
import type { LinkProblem, SafetyAlarm } from '../../rtc/problem';
import { newPost, type Reaction } from '../../rtc/data-channel/notes';
import type { LinkState, PairEvents, PairOptions } from '../../rtc/peer';
import { EMOJI } from '../../rtc/safety/emoji';
import { paintScreen, Picture } from './picture';

/** What happens to a person in a scenario. */
export interface Fate {
  state?: LinkState;
  mic?: boolean;
  camera?: boolean;
  screen?: boolean;
  hand?: boolean;
  /** What it writes, one after the other. */
  writes?: readonly string[];
  reacts?: readonly Reaction[];
  speaking?: boolean;
  problem?: LinkProblem;
  safety?: 'check' | 'checked' | 'again';
  alarm?: SafetyAlarm;
}

/** People whose pictures are painted: no connection is made. */
export function fakePair(fates: Record<string, Fate>) {
  return (options: PairOptions, events: PairEvents): AnyPair => {
    const {
      state = 'connected',
      mic = true,
      camera = true,
      screen = false,
      hand = false,
      writes = [],
      reacts = [],
      speaking = false,
      problem,
      safety = 'check',
      alarm,
    } = fates[options.peer] ?? {};
    const seed = Number.parseInt(options.peer.slice(-6), 16);
    const picture = new Picture(seed, camera);
    const shared = screen ? new Picture(seed, true, paintScreen) : null;
    const emoji = EMOJI.slice(seed * 7, seed * 7 + 7);
    const end = (why: SafetyAlarm) => {
      picture.stop();
      shared?.stop();
      events.safety(null);
      events.alarm(why);
      events.state('ended');
    };
    let opened = false;
    let entered = false;
    let met = false;
    /** Both are in the room. A real link never answers before it has been made. */
    const meet = () => {
      if (!opened || !entered || met) return;
      met = true;
      queueMicrotask(() => {
        if (state === 'connected' || state === 'reconnecting') events.stream(picture.stream);
        if (shared) events.screen(shared.stream);
        events.told({ mic, camera, screen, hand });
        events.state(state);
        for (const text of writes) {
          const post = newPost(text);
          if (post) events.posted(post);
        }
        for (const emoji of reacts) events.said({ type: 'reaction', emoji });
        if (problem) events.problem(problem);
        events.safety({ emoji, confirmed: safety === 'checked', changed: safety === 'again' });
        if (alarm) end(alarm);
      });
    };
    return {
      level: speaking ? 0.5 : 0,
      open: () => {
        opened = true;
        meet();
      },
      close: () => {
        picture.stop();
        shared?.stop();
      },
      stats: async () => null,
      know: (peer) => {
        entered = peer.entered;
        meet();
      },
      receive: () => undefined,
      send: () => undefined,
      tell: () => undefined,
      say: () => undefined,
      post: (post) => {
        if (state === 'connected') queueMicrotask(() => events.arrived(post));
        return true;
      },
      configure: () => undefined,
      hurry: () => undefined,
      confirm: (shown) => events.safety({ ...shown, confirmed: true, changed: false }),
      refuse: () => end('emoji_differ'),
    };
  };
}

/** Camera and microphone of a scenario; `refusal` is the name of the error that `getUserMedia` throws, if it does. */
export class FakeDevices extends EventTarget {
  #refusal: string | undefined;

  constructor(refusal?: string) {
    super();
    this.#refusal = refusal;
  }

  async getUserMedia({ audio, video }: MediaStreamConstraints): Promise<MediaStream> {
    if (this.#refusal) throw new DOMException('as the scenario says', this.#refusal);
    const stream = video ? new Picture(0, true).stream : new MediaStream();
    if (audio) {
      const context = new AudioContext();
      const sound = context.createMediaStreamDestination();
      const tone = new OscillatorNode(context, { frequency: 220 });
      tone.connect(new GainNode(context, { gain: 0.1 })).connect(sound);
      tone.start();
      for (const track of sound.stream.getAudioTracks()) stream.addTrack(track);
    }
    return stream;
  }

  /** Shares at once what the scenario paints. */
  async getDisplayMedia(): Promise<MediaStream> {
    if (this.#refusal) throw new DOMException('Permission denied by system', this.#refusal);
    return new Picture(0, true, paintScreen).stream;
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    if (this.#refusal === 'NotFoundError') return [];
    const device = (kind: MediaDeviceKind, deviceId: string, label: string) =>
      ({ kind, deviceId, label, groupId: '', toJSON: () => ({}) }) satisfies MediaDeviceInfo;
    return [
      device('videoinput', 'built-in-camera', 'Built-in camera'),
      device('videoinput', 'desk-camera', 'Desk camera (046d:085e)'),
      device('audioinput', 'default', 'Default'),
      device('audioinput', 'headset', 'Headset'),
      device('audiooutput', 'default', 'Default'),
      device('audiooutput', 'headset-out', 'Headset'),
    ];
  }
}
