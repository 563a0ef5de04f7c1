import type { DeviceOption } from '../types';

/** Whether this browser lets a page choose. */
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

/** Where the sound of a call comes out: the preferred speaker while it is there, else the system's. */
export class Speaker {
  /** What can be chosen; nothing where the browser decides. */
  choices = $state.raw<DeviceOption[]>([]);
  /** The one in use; empty is the system's. */
  id = $state('');
  #preferred: DeviceOption | null;
  #onChange: (was: string | null, now: string) => void;

  /** `swapped`: the preferred one was pulled out (`was`), or is there again. */
  constructor(preferred: string | null, swapped: (was: string | null, now: string) => void) {
    this.#preferred = preferred === null ? null : { id: preferred, label: '' };
    this.#onChange = swapped;
  }

  choose(id: string): void {
    this.#preferred = this.choices.find((one) => one.id === id) ?? null;
    this.id = id;
  }

  /** These are there now. */
  setDevices(choices: DeviceOption[]): void {
    this.choices = choices;
    const wanted = this.#preferred;
    if (!wanted || choices.length === 0) return;
    const there = choices.find(({ id }) => id === wanted.id);
    if (there && this.id !== there.id) {
      this.id = there.id;
      // Known by name: it was there before.
      if (wanted.label) this.#onChange(null, there.label);
    } else if (!there && this.id !== '') {
      this.id = '';
      this.#onChange(wanted.label, choices[0]?.label ?? '');
    }
    if (there) this.#preferred = there;
  }
}
