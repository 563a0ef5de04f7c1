// The few words of X11 that it takes to see which window is in front, and to press its close button, where there is no
// window manager.
import net from 'node:net';

const GET_WINDOW_ATTRIBUTES = 3;
const INTERN_ATOM = 16;
const QUERY_TREE = 15;
const GET_PROPERTY = 20;
const SEND_EVENT = 25;
const CLIENT_MESSAGE = 33;
const QUERY_EXTENSION = 98;
const FAKE_INPUT = 2;
const KEY_PRESS = 2;
const KEY_RELEASE = 3;
const VIEWABLE = 2;

/** @param {number[]} numbers 32 bits each */
const words = (...numbers) => Buffer.from(new Uint32Array(numbers).buffer);

class Display {
  #socket;
  #bytes = Buffer.alloc(0);
  #wake = () => {};
  /** @type {Error | undefined} */
  #error;
  root = 0;

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
  }

  static async open() {
    const number = /:(\d+)/.exec(process.env.DISPLAY ?? '')?.[1];
    const display = new Display(net.connect(`/tmp/.X11-unix/X${number}`));
    display.#socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const head = await display.#read(8);
    const setup = await display.#read(head.readUInt16LE(6) * 4);
    if (head[0] !== 1) throw new Error(`the display refuses: ${setup.toString()}`);
    const vendor = setup.readUInt16LE(16);
    const formats = setup.readUInt8(21);
    display.root = setup.readUInt32LE(32 + Math.ceil(vendor / 4) * 4 + formats * 8);
    return display;
  }

  /** @param {number} length */
  async #read(length) {
    while (this.#bytes.length < length) {
      if (this.#error) throw this.#error;
      await new Promise((/** @type {(value: void) => void} */ done) => (this.#wake = done));
    }
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /**
   * @param {number} code
   * @param {Buffer} body
   */
  #send(code, body, minor = 0) {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const head = Buffer.from([code, minor, 0, 0]);
    head.writeUInt16LE(1 + padded.length / 4, 2);
    this.#socket.write(Buffer.concat([head, padded]));
  }

  /**
   * @param {number} code
   * @param {Buffer} body
   */
  async #ask(code, body) {
    this.#send(code, body);
    const head = await this.#read(32);
    const rest = head[0] === 1 ? await this.#read(head.readUInt32LE(4) * 4) : Buffer.alloc(0);
    return { ok: head[0] === 1, head, rest };
  }

  /** @param {string} name */
  async atom(name) {
    const length = Buffer.alloc(4);
    length.writeUInt16LE(name.length);
    const { head } = await this.#ask(INTERN_ATOM, Buffer.concat([length, Buffer.from(name)]));
    return head.readUInt32LE(8);
  }

  /**
   * @param {number} window
   * @param {number} property
   * @returns {Promise<number[]>}
   */
  async property(window, property) {
    const { ok, rest } = await this.#ask(GET_PROPERTY, words(window, property, 0, 0, 64));
    return ok ? [...new Uint32Array(Uint8Array.from(rest).buffer)] : [];
  }

  /** @param {number} window */
  async isShown(window) {
    const { ok, head } = await this.#ask(GET_WINDOW_ATTRIBUTES, words(window));
    return ok && head[26] === VIEWABLE;
  }

  /**
   * @param {number} window
   * @returns {Promise<number[]>} the windows in it, the one in front last
   */
  async children(window) {
    const { ok, rest } = await this.#ask(QUERY_TREE, words(window));
    return ok ? [...new Uint32Array(Uint8Array.from(rest).buffer)] : [];
  }

  /**
   * @param {number} window
   * @returns {Promise<number[]>} the window and all in it
   */
  async tree(window) {
    const all = [window];
    for (const child of await this.children(window)) all.push(...(await this.tree(child)));
    return all;
  }

  /**
   * @param {number} window
   * @param {number} type
   * @param {number} word
   */
  async message(window, type, word) {
    const event = Buffer.concat([
      Buffer.from([CLIENT_MESSAGE, 32, 0, 0]),
      words(window, type, word, 0, 0, 0, 0),
    ]);
    this.#send(SEND_EVENT, Buffer.concat([words(window, 0), event]));
    // An answer to anything means that the event before it has been passed on.
    await this.atom('WM_PROTOCOLS');
  }

  /** Presses a key, or lets it go, as a hand on the keyboard does. */
  async key(/** @type {number} */ code, /** @type {boolean} */ down) {
    const length = Buffer.alloc(4);
    length.writeUInt16LE('XTEST'.length);
    const { head } = await this.#ask(QUERY_EXTENSION, Buffer.concat([length, Buffer.from('XTEST')]));
    if (head[8] !== 1) throw new Error('the display has no XTEST');
    const body = Buffer.alloc(32);
    body[0] = down ? KEY_PRESS : KEY_RELEASE;
    body[1] = code;
    this.#send(/** @type {number} */ (head[9]), body, FAKE_INPUT);
    await this.atom('WM_PROTOCOLS');
  }

  close() {
    this.#socket.destroy();
  }
}

/** Where keys are, as evdev counts them. */
const KEYS = { Ctrl: 37, Alt: 64, M: 58, Space: 65 };

/**
 * Holds keys together while something is done, whatever window is in front.
 *
 * @param {(keyof typeof KEYS)[]} keys
 * @param {() => Promise<void>} [meanwhile]
 */
export async function hold(keys, meanwhile = async () => {}) {
  const display = await Display.open();
  try {
    for (const key of keys) await display.key(KEYS[key], true);
    await meanwhile();
  } finally {
    for (const key of [...keys].reverse()) await display.key(KEYS[key], false);
    display.close();
  }
}

/**
 * Asks the window of a process to close, as its close button does.
 *
 * @param {number} pid
 */
export async function closeWindowOf(pid) {
  const display = await Display.open();
  try {
    const owner = await display.atom('_NET_WM_PID');
    const protocols = await display.atom('WM_PROTOCOLS');
    const deletes = await display.atom('WM_DELETE_WINDOW');
    let asked = 0;
    // GTK has a hidden window beside the real one, and that one takes no notice.
    for (const window of await display.tree(display.root)) {
      const [of] = await display.property(window, owner);
      const understood = await display.property(window, protocols);
      if (of !== pid || !understood.includes(deletes)) continue;
      await display.message(window, protocols, deletes);
      asked += 1;
    }
    if (!asked) throw new Error(`process ${pid} has no window`);
  } finally {
    display.close();
  }
}

/** The process whose window is before all others, or nothing when no window is shown. */
export async function inFront() {
  const display = await Display.open();
  try {
    const owner = await display.atom('_NET_WM_PID');
    for (const window of (await display.children(display.root)).reverse()) {
      const [pid] = await display.property(window, owner);
      if (pid && (await display.isShown(window))) return pid;
    }
    return undefined;
  } finally {
    display.close();
  }
}
