import type { DeviceOption } from '../types';

/** Whether this browser lets a page choose the speaker. */
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

export interface SpeakerChange {
  /** The label of the speaker that is not used any more; null when it is used again. */
  was: string | null;
  now: string;
  /** It is there, and could not be used. */
  failed?: true;
}

/** The speaker of the call: the preferred one while it is there, else the system's. */
export class Speaker {
  /** Empty where the browser decides. */
  choices = $state.raw<DeviceOption[]>([]);
  /** The speaker in use; empty for the system's. */
  id = $state('');
  #preferred: DeviceOption | null;
  /** The preferred speaker is there, and cannot be used. */
  #hasFailed = false;
  #onChange: (change: SpeakerChange) => void;

  /** `onChange`: another speaker than the preferred one is used, or this one again. */
  constructor(preferred: string | null, onChange: (change: SpeakerChange) => void) {
    this.#preferred = preferred === null ? null : { id: preferred, label: '' };
    this.#onChange = onChange;
  }

  choose(id: string): void {
    this.#preferred = this.choices.find((choice) => choice.id === id) ?? null;
    this.#hasFailed = false;
    this.id = id;
  }

  /** The browser cannot play on this speaker: the system's takes its place until the devices change. */
  giveWay(id: string): void {
    if (id === '' || this.id !== id) return;
    this.id = '';
    if (!this.#hasFailed)
      this.#onChange({ was: this.#preferred?.label ?? '', now: this.#system, failed: true });
    this.#hasFailed = true;
  }

  setDevices(choices: DeviceOption[]): void {
    this.choices = choices;
    const wanted = this.#preferred;
    if (!wanted || choices.length === 0) return;
    const there = choices.find(({ id }) => id === wanted.id);
    if (there && this.id !== there.id) {
      this.id = there.id;
      // A label means that it was there before.
      if (wanted.label && !this.#hasFailed) this.#onChange({ was: null, now: there.label });
    } else if (!there) {
      this.#hasFailed = false;
      if (this.id !== '') {
        this.id = '';
        this.#onChange({ was: wanted.label, now: this.#system });
      }
    }
    if (there) this.#preferred = there;
  }

  get #system(): string {
    return this.choices[0]?.label ?? '';
  }
}
