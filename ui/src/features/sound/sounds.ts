import { audioOutput, setSink } from './audio-output.svelte';
import { lasts, TUNES, type Note, type SoundName } from './tunes';

export type { SoundName };

let on = true;
let context: AudioContext | null = null;

export function wantSounds(wanted: boolean): void {
  on = wanted;
}

/** On the chosen speaker, if the settings want sounds. A browser that refuses costs the sound and nothing else. */
export function play(name: SoundName): void {
  if (on) void sound(TUNES[name]);
}

/** Tries a speaker, whatever the settings say. Resolves at the end of the sound, to false if the browser refused. */
export function chime(): Promise<boolean> {
  return sound(TUNES.test);
}

async function sound(tune: readonly Note[]): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  try {
    const { audio, out } = await speaker();
    const rung = tune.map((one) => strike(audio, out, one));
    await Promise.all(rung);
    return lasts(tune) > 0;
  } catch {
    return false;
  }
}

/** Two partials of a bell. */
function strike(audio: AudioContext, out: AudioNode, { pitch, at, rings, loud }: Note): Promise<void> {
  const from = audio.currentTime + 0.02 + at;
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(loud, from + 0.015);
  volume.gain.exponentialRampToValueAtTime(loud / 500, from + rings);
  volume.connect(out);
  const body = new OscillatorNode(audio, { frequency: pitch });
  const bell = new OscillatorNode(audio, { frequency: pitch * 2 });
  body.connect(volume);
  bell.connect(new GainNode(audio, { gain: 0.18 })).connect(volume);
  for (const partial of [body, bell]) {
    partial.start(from);
    partial.stop(from + rings);
  }
  return new Promise((done) => {
    body.onended = () => {
      volume.disconnect();
      done();
    };
  });
}

/** The only audio context, running, on the chosen speaker. */
async function speaker(): Promise<{ audio: AudioContext; out: AudioNode }> {
  const audio = (context ??= new AudioContext());
  await setSink(audio, audioOutput.speaker);
  if (audio.state !== 'running') await Promise.race([audio.resume(), asleep()]);
  return { audio, out: 'setSinkId' in audio ? audio.destination : await element(audio) };
}

/** A browser may refuse sound before the first click. */
const asleep = (): Promise<never> =>
  new Promise((_, refuse) => setTimeout(() => refuse(new Error('no sound before a click')), 500));

let through: { node: MediaStreamAudioDestinationNode; audio: HTMLAudioElement } | null = null;

/** Some browsers can choose the speaker of an element, but not of an audio context. */
async function element(audio: AudioContext): Promise<AudioNode> {
  if (!('setSinkId' in HTMLMediaElement.prototype)) return audio.destination;
  through ??= { node: audio.createMediaStreamDestination(), audio: new Audio() };
  await setSink(through.audio, audioOutput.speaker);
  through.audio.srcObject = through.node.stream;
  await through.audio.play();
  return through.node;
}
