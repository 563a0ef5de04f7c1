import type { PeerView } from '../../../src/backend/generated';

/** A signal between the page with the room and the page with the others. */
export interface Carried {
  from: string;
  to: string;
  signal: unknown;
}

declare global {
  interface Window {
    /** The test carries it to the other page. */
    carry: (event: Carried) => void;
  }
}

export const HOST = 'a'.repeat(32);
const NAMES = ['Mei', 'Jonas', 'Amélie', '王小明', 'Priya', 'Oluwaseun', 'Bartholomew'];

export const person = (n: number): PeerView => ({
  id: (n + 1).toString(16).padStart(32, '0'),
  name: NAMES[n % NAMES.length] ?? '',
  entered: true,
  presence: 'online',
  role: 'answerer',
  guest: false,
  safety_binding: 'b1'.repeat(32),
});

const SMALL = { width: 320, height: 180, frameRate: 15 };

/** This browser's devices, with small pictures: all people share a machine. */
export const devices = {
  getUserMedia: ({ audio, video }: MediaStreamConstraints) =>
    navigator.mediaDevices.getUserMedia({ ...(audio ? { audio } : {}), ...(video ? { video: SMALL } : {}) }),
  enumerateDevices: () => navigator.mediaDevices.enumerateDevices(),
} as MediaDevices;
