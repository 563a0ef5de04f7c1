import { audioOutput, setSink } from './audio-output.svelte';
import { durationOf, TUNES, type Note, type SoundName } from './tunes';

export type { SoundName };

let enabled = true;
const BLOCKED_AFTER_MS = 500;
let context: AudioContext | null = null;

export function enableSounds(wanted: boolean): void {
  enabled = wanted;
}

/** On the chosen speaker, if the settings want sounds. A browser that refuses costs the sound and nothing else. */
export function playSound(name: SoundName): void {
  if (enabled) void playTune(TUNES[name]);
}

/** Tries a speaker, whatever the settings say. Resolves at the end of the sound, to false if the browser refused. */
export function playTestSound(): Promise<boolean> {
  return playTune(TUNES.test);
}

async function playTune(tune: readonly Note[]): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  try {
    const { audio, out } = await openOutput();
    await Promise.all(tune.map((note) => playNote(audio, out, note)));
    return durationOf(tune) > 0;
  } catch {
    return false;
  }
}

/** Two partials of a bell. */
function playNote(audio: AudioContext, out: AudioNode, { pitch, at, rings, loud }: Note): Promise<void> {
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
async function openOutput(): Promise<{ audio: AudioContext; out: AudioNode }> {
  const audio = (context ??= new AudioContext());
  await setSink(audio, audioOutput.speaker);
  if (audio.state !== 'running') await Promise.race([audio.resume(), rejectWhileBlocked()]);
  return { audio, out: 'setSinkId' in audio ? audio.destination : await openElementOutput(audio) };
}

/** A browser may refuse sound before the first click. */
const rejectWhileBlocked = (): Promise<never> =>
  new Promise((_, refuse) =>
    setTimeout(() => refuse(new Error('no sound before a click')), BLOCKED_AFTER_MS),
  );

let elementOutput: { node: MediaStreamAudioDestinationNode; audio: HTMLAudioElement } | null = null;

/** Some browsers can choose the speaker of an element, but not of an audio context. */
async function openElementOutput(audio: AudioContext): Promise<AudioNode> {
  if (!('setSinkId' in HTMLMediaElement.prototype)) return audio.destination;
  elementOutput ??= { node: audio.createMediaStreamDestination(), audio: new Audio() };
  await setSink(elementOutput.audio, audioOutput.speaker);
  elementOutput.audio.srcObject = elementOutput.node.stream;
  await elementOutput.audio.play();
  return elementOutput.node;
}
