// A minimal X11 client: it finds the front window, closes windows and presses keys where there is no window manager.
import net from 'node:net';

const GET_WINDOW_ATTRIBUTES = 3;
const INTERN_ATOM = 16;
const QUERY_TREE = 15;
const GET_PROPERTY = 20;
const SEND_EVENT = 25;
const SET_INPUT_FOCUS = 42;
const CLIENT_MESSAGE = 33;
const QUERY_EXTENSION = 98;
const FAKE_INPUT = 2;
const KEY_PRESS = 2;
const KEY_RELEASE = 3;
const VIEWABLE = 2;

/** @param {number[]} numbers */
const uint32s = (...numbers) => Buffer.from(new Uint32Array(numbers).buffer);

class X11Connection {
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
    const display = new X11Connection(net.connect(`/tmp/.X11-unix/X${number}`));
    display.#socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const head = await display.#read(8);
    const setup = await display.#read(head.readUInt16LE(6) * 4);
    if (head[0] !== 1) throw new Error(`the display refuses the connection: ${setup.toString()}`);
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
  async #request(code, body) {
    this.#send(code, body);
    let head = await this.#read(32);
    // Every client is sent an event when the display goes over to another keyboard.
    while ((head[0] ?? 0) > 1) head = await this.#read(32);
    const rest = head[0] === 1 ? await this.#read(head.readUInt32LE(4) * 4) : Buffer.alloc(0);
    return { ok: head[0] === 1, head, rest };
  }

  /** @param {string} name */
  async internAtom(name) {
    const length = Buffer.alloc(4);
    length.writeUInt16LE(name.length);
    const { head } = await this.#request(INTERN_ATOM, Buffer.concat([length, Buffer.from(name)]));
    return head.readUInt32LE(8);
  }

  /**
   * @param {number} window
   * @param {number} property
   * @returns {Promise<number[]>}
   */
  async getProperty(window, property) {
    const { ok, rest } = await this.#request(GET_PROPERTY, uint32s(window, property, 0, 0, 64));
    return ok ? [...new Uint32Array(Uint8Array.from(rest).buffer)] : [];
  }

  /** @param {number} window */
  async isVisible(window) {
    const { ok, head } = await this.#request(GET_WINDOW_ATTRIBUTES, uint32s(window));
    return ok && head[26] === VIEWABLE;
  }

  /**
   * @param {number} window
   * @returns {Promise<number[]>} its child windows, the front one last
   */
  async childrenOf(window) {
    const { ok, rest } = await this.#request(QUERY_TREE, uint32s(window));
    return ok ? [...new Uint32Array(Uint8Array.from(rest).buffer)] : [];
  }

  /**
   * @param {number} window
   * @returns {Promise<number[]>} the window and all windows inside it
   */
  async descendantsOf(window) {
    const all = [window];
    for (const child of await this.childrenOf(window)) all.push(...(await this.descendantsOf(child)));
    return all;
  }

  /**
   * @param {number} window
   * @param {number} type
   * @param {number} word
   */
  async sendClientMessage(window, type, word) {
    const event = Buffer.concat([
      Buffer.from([CLIENT_MESSAGE, 32, 0, 0]),
      uint32s(window, type, word, 0, 0, 0, 0),
    ]);
    this.#send(SEND_EVENT, Buffer.concat([uint32s(window, 0), event]));
    // Requests are handled in order, so any reply means that the event has been delivered.
    await this.internAtom('WM_PROTOCOLS');
  }

  /** @param {number} window */
  async focus(window) {
    this.#send(SET_INPUT_FOCUS, uint32s(window, 0));
    await this.internAtom('WM_PROTOCOLS');
  }

  /** Presses or releases a key, as a hardware keyboard does. */
  async sendKey(/** @type {number} */ code, /** @type {boolean} */ down) {
    const length = Buffer.alloc(4);
    length.writeUInt16LE('XTEST'.length);
    const { head } = await this.#request(QUERY_EXTENSION, Buffer.concat([length, Buffer.from('XTEST')]));
    if (head[8] !== 1) throw new Error('the display has no XTEST');
    const body = Buffer.alloc(32);
    body[0] = down ? KEY_PRESS : KEY_RELEASE;
    body[1] = code;
    this.#send(/** @type {number} */ (head[9]), body, FAKE_INPUT);
    await this.internAtom('WM_PROTOCOLS');
  }

  close() {
    this.#socket.destroy();
  }
}

/** X keycodes: those of evdev plus 8. */
const KEYCODES = { Ctrl: 37, Alt: 64, M: 58, Space: 65, Tab: 23, Enter: 36 };

/**
 * Holds keys down during `meanwhile`, whatever window has the focus.
 *
 * @param {(keyof typeof KEYCODES)[]} keys
 * @param {() => Promise<void>} [meanwhile]
 */
export async function holdKeys(keys, meanwhile = async () => {}) {
  const display = await X11Connection.open();
  try {
    for (const key of keys) await display.sendKey(KEYCODES[key], true);
    await meanwhile();
  } finally {
    for (const key of [...keys].reverse()) await display.sendKey(KEYCODES[key], false);
    display.close();
  }
}

/**
 * Gives the keyboard to the visible window of a process, as a window manager does: there is none.
 *
 * @param {number} pid
 */
export async function focusWindowOf(pid) {
  const display = await X11Connection.open();
  try {
    const pidProperty = await display.internAtom('_NET_WM_PID');
    for (const window of await display.childrenOf(display.root)) {
      const [owner] = await display.getProperty(window, pidProperty);
      if (owner === pid && (await display.isVisible(window))) return await display.focus(window);
    }
    throw new Error(`process ${pid} has no visible window`);
  } finally {
    display.close();
  }
}

/**
 * Asks the window of a process to close, as its close button does.
 *
 * @param {number} pid
 */
export async function closeWindowOf(pid) {
  const display = await X11Connection.open();
  try {
    const pidProperty = await display.internAtom('_NET_WM_PID');
    const protocols = await display.internAtom('WM_PROTOCOLS');
    const deleteWindow = await display.internAtom('WM_DELETE_WINDOW');
    let requests = 0;
    // GTK has a hidden window beside the real one; it ignores the message.
    for (const window of await display.descendantsOf(display.root)) {
      const [owner] = await display.getProperty(window, pidProperty);
      const supported = await display.getProperty(window, protocols);
      if (owner !== pid || !supported.includes(deleteWindow)) continue;
      await display.sendClientMessage(window, protocols, deleteWindow);
      requests += 1;
    }
    if (!requests) throw new Error(`process ${pid} has no window`);
  } finally {
    display.close();
  }
}

/** The pid of the front window's process, or undefined when no window is visible. */
export async function frontWindowPid() {
  const display = await X11Connection.open();
  try {
    const pidProperty = await display.internAtom('_NET_WM_PID');
    for (const window of (await display.childrenOf(display.root)).reverse()) {
      const [pid] = await display.getProperty(window, pidProperty);
      if (pid && (await display.isVisible(window))) return pid;
    }
    return undefined;
  } finally {
    display.close();
  }
}
