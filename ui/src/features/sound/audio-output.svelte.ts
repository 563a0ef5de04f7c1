/** The speaker that plays the others and Parlour's own sounds. */
class AudioOutput {
  /** A device id; empty for the system's own choice. */
  speaker = $state('');
  /** Told of a speaker on which nothing can be played. */
  onFailure: ((speaker: string) => void) | null = null;
}

export const audioOutput = new AudioOutput();

interface Sink {
  setSinkId?(id: string): Promise<void>;
}

const SINK_TIMEOUT_MS = 3_000;

/** Sends the sound of an element or a context to a speaker. If it cannot be used the sound stays where it is. */
export async function setSink(sink: object, speaker: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), SINK_TIMEOUT_MS)));
  const set = (sink as Sink).setSinkId?.(speaker).then(
    () => 'set',
    () => 'failed',
  );
  const outcome = await Promise.race([set ?? 'set', late]);
  clearTimeout(timer);
  if (outcome !== 'set') audioOutput.onFailure?.(speaker);
}
