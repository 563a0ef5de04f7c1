/** The speaker that plays the others and Parlour's own sounds. */
class AudioOutput {
  /** A device id; empty for the system's own choice. */
  speaker = $state('');
}

export const audioOutput = new AudioOutput();

interface Sink {
  setSinkId?(id: string): Promise<void>;
}

/** Sends the sound of an element or a context to a speaker. A missing speaker changes nothing. */
export function setSink(sink: object, speaker: string): Promise<void> {
  return (sink as Sink).setSinkId?.(speaker).catch(() => undefined) ?? Promise.resolve();
}
