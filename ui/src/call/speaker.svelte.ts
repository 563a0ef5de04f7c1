import type { DeviceOption } from '../types';

/** Whether this browser lets a page choose the speaker. */
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

/** The speaker of the call: the preferred one while it is there, else the system's. */
export class Speaker {
  /** Empty where the browser decides. */
  choices = $state.raw<DeviceOption[]>([]);
  /** The speaker in use; empty for the system's. */
  id = $state('');
  #preferred: DeviceOption | null;
  #onChange: (was: string | null, now: string) => void;

  /** `onChange`: the preferred speaker was unplugged (`was`), or is there again (null). */
  constructor(preferred: string | null, onChange: (was: string | null, now: string) => void) {
    this.#preferred = preferred === null ? null : { id: preferred, label: '' };
    this.#onChange = onChange;
  }

  choose(id: string): void {
    this.#preferred = this.choices.find((choice) => choice.id === id) ?? null;
    this.id = id;
  }

  setDevices(choices: DeviceOption[]): void {
    this.choices = choices;
    const wanted = this.#preferred;
    if (!wanted || choices.length === 0) return;
    const there = choices.find(({ id }) => id === wanted.id);
    if (there && this.id !== there.id) {
      this.id = there.id;
      // A label means that it was there before.
      if (wanted.label) this.#onChange(null, there.label);
    } else if (!there && this.id !== '') {
      this.id = '';
      this.#onChange(wanted.label, choices[0]?.label ?? '');
    }
    if (there) this.#preferred = there;
  }
}
