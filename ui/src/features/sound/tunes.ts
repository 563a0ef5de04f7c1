export type SoundName = 'door' | 'entered' | 'left' | 'lost' | 'back' | 'message' | 'hand';

/** `pitch` is in Hz, `at` and `rings` are in seconds, `loud` is 1 at full scale. */
export interface Note {
  pitch: number;
  at: number;
  rings: number;
  loud: number;
}

const note = (pitch: number, at: number, rings: number, loud = 0.09): Note => ({ pitch, at, rings, loud });

const C4 = 261.63;
const E4 = 329.63;
const G4 = 392;
const A4 = 440;
const C5 = 523.25;
const D5 = 587.33;
const E5 = 659.25;
const G5 = 783.99;

/** Rising for somebody who comes, falling for somebody who leaves. All in one key, so that two do not clash. */
export const TUNES: Record<SoundName | 'test', readonly Note[]> = {
  door: [note(G4, 0, 0.35), note(G4, 0.2, 0.35), note(C5, 0.4, 0.6)],
  entered: [note(E4, 0, 0.4), note(A4, 0.12, 0.6)],
  left: [note(A4, 0, 0.4), note(E4, 0.12, 0.6, 0.07)],
  lost: [note(C4, 0, 0.7, 0.06)],
  back: [note(C4, 0, 0.4, 0.06), note(G4, 0.14, 0.6, 0.07)],
  message: [note(E5, 0, 0.3, 0.05)],
  hand: [note(D5, 0, 0.25, 0.06), note(G5, 0.1, 0.4, 0.05)],
  test: [
    note(C4, 0, 0.9, 0.12),
    note(E4, 0.22, 0.9, 0.12),
    note(G4, 0.44, 0.9, 0.12),
    note(C5, 0.66, 1.2, 0.12),
  ],
};

/** In seconds. */
export const durationOf = (tune: readonly Note[]): number =>
  Math.max(...tune.map(({ at, rings }) => at + rings));
