/** A signal between the two pages. */
interface Carried {
  from: string;
  to: string;
  signal: unknown;
}

/** See `ui/tests/rtc/room-cost`. */
interface Window {
  sender: {
    open(): Promise<void>;
    come(n: number): void;
    receiveSignal(event: Carried): void;
    sentBytes(): Promise<number>;
  };
  receivers: {
    come(n: number, count: number): Promise<void>;
    receiveSignal(event: Carried): void;
    connected(): number;
    arrived(): Promise<import('./measure-room.mjs').Arrived[]>;
  };
}
