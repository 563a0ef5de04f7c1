/** Where sound comes out: of the others, and of Parlour itself. */
class Output {
  /** A speaker's id; empty is the system's own choice. */
  speaker = $state('');
}

export const output = new Output();

interface Sink {
  setSinkId?(id: string): Promise<void>;
}

/** Sends an element's or a context's sound there. A speaker that is gone leaves it where it is. */
export function direct(sink: object, speaker: string): Promise<void> {
  return (sink as Sink).setSinkId?.(speaker).catch(() => undefined) ?? Promise.resolve();
}
