import type { Measured } from './probe.mjs';

declare global {
  interface Window {
    /** The probe, in every page of the bench. */
    __bench: { measured: Measured; shown: (count: number) => Promise<void> };
  }
}
