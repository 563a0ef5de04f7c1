// A screen saver on the session bus that writes down who asks it to wait. It speaks the little of D-Bus that this needs.
import net from 'node:net';

const NAME = 'org.freedesktop.ScreenSaver';
const METHOD_CALL = 1;
const METHOD_RETURN = 2;
/** The codes of header fields in the D-Bus specification. */
const FIELD = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, sender: 7, signature: 8 };
/** The answers to `Inhibit`. The browser may ask for itself. */
const COOKIE = { Parlour: 7, other: 8 };

/** @param {number} length @param {number} to */
const padding = (length, to) => (to - (length % to)) % to;

/** @param {string} text */
function string(text) {
  const bytes = Buffer.from(`${text}\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - 1);
  return Buffer.concat([length, bytes]);
}

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/**
 * @param {number} type
 * @param {number} serial
 * @param {[code: number, type: 'o' | 's' | 'g' | 'u', value: string | number][]} fields
 * @param {Buffer} body
 */
function message(type, serial, fields, body) {
  let header = Buffer.alloc(0);
  for (const [code, kind, value] of fields) {
    // A structure begins at a multiple of 8, so its value begins at a multiple of 4.
    const start = Buffer.concat([
      header,
      Buffer.alloc(padding(header.length, 8)),
      Buffer.from([code, 1, kind.charCodeAt(0), 0]),
    ]);
    const bytes =
      kind === 'u'
        ? uint32(Number(value))
        : kind === 'g'
          ? Buffer.from([String(value).length, ...Buffer.from(`${value}\0`)])
          : string(String(value));
    header = Buffer.concat([start, bytes]);
  }
  return Buffer.concat([
    Buffer.from(['l'.charCodeAt(0), type, 0, 1]),
    uint32(body.length),
    uint32(serial),
    uint32(header.length),
    header,
    Buffer.alloc(padding(header.length, 8)),
    body,
  ]);
}

/**
 * The first message in the bytes, if it is whole.
 *
 * @param {Buffer} bytes
 */
function readMessage(bytes) {
  if (bytes.length < 16) return null;
  const fieldsLength = bytes.readUInt32LE(12);
  const bodyStart = 16 + fieldsLength + padding(fieldsLength, 8);
  const end = bodyStart + bytes.readUInt32LE(4);
  if (bytes.length < end) return null;
  /** @type {Map<number, string>} */
  const fields = new Map();
  for (let at = 16; at < 16 + fieldsLength; at += padding(at, 8)) {
    const [code = 0, , kind = 0] = bytes.subarray(at, at + 3);
    at += 4;
    if (String.fromCharCode(kind) === 'u') {
      at += 4;
      continue;
    }
    const isSignature = String.fromCharCode(kind) === 'g';
    const length = isSignature ? (bytes[at] ?? 0) : bytes.readUInt32LE(at);
    at += isSignature ? 1 : 4;
    fields.set(code, bytes.toString('utf8', at, at + length));
    at += length + 1;
  }
  const body = bytes.subarray(bodyStart, end);
  return { type: bytes[1], serial: bytes.readUInt32LE(8), fields, body, rest: bytes.subarray(end) };
}

export class ScreenSaver {
  /** The calls of Parlour. @type {('Inhibit' | 'UnInhibit')[]} */
  asked = [];
  #socket;
  #serial = 0;

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /** Has the name of the desktop's screen saver on the session bus when it resolves. */
  static async start() {
    const address = process.env.DBUS_SESSION_BUS_ADDRESS ?? '';
    const [, kind, path = ''] = /^unix:(path|abstract)=([^,]+)/.exec(address) ?? [];
    const socket = net.connect({ path: kind === 'abstract' ? `\0${path}` : path });
    const saver = new ScreenSaver(socket);
    await /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        socket.once('error', reject);
        const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
        socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
        /** @type {Buffer} */
        let unread = Buffer.alloc(0);
        let isGreeted = false;
        socket.on('data', (/** @type {Buffer} */ chunk) => {
          unread = Buffer.concat([unread, chunk]);
          if (!isGreeted) {
            if (!unread.includes('\r\n')) return;
            isGreeted = true;
            unread = Buffer.alloc(0);
            socket.write('BEGIN\r\n');
            saver.#callBus('Hello', '', Buffer.alloc(0));
            saver.#callBus('RequestName', 'su', requestName());
            return;
          }
          for (let next = readMessage(unread); next; next = readMessage(unread)) {
            unread = next.rest;
            // The second answer is the one to `RequestName`.
            if (next.type === METHOD_RETURN && next.body.length === 4) resolve();
            if (next.type === METHOD_CALL) saver.#answer(next);
          }
        });
      })
    );
    return saver;
  }

  stop() {
    this.#socket.destroy();
  }

  /** @param {string} member @param {string} signature @param {Buffer} body */
  #callBus(member, signature, body) {
    this.#socket.write(
      message(
        METHOD_CALL,
        (this.#serial += 1),
        [
          [FIELD.path, 'o', '/org/freedesktop/DBus'],
          [FIELD.interface, 's', 'org.freedesktop.DBus'],
          [FIELD.member, 's', member],
          [FIELD.destination, 's', 'org.freedesktop.DBus'],
          ...(signature ? [/** @type {[number, 'g', string]} */ ([FIELD.signature, 'g', signature])] : []),
        ],
        body,
      ),
    );
  }

  /** @param {NonNullable<ReturnType<typeof readMessage>>} call */
  #answer({ serial, fields, body }) {
    const member = fields.get(FIELD.member);
    const isInhibit = member === 'Inhibit';
    const isParlour = isInhibit && body.toString('utf8', 4, 4 + body.readUInt32LE(0)) === 'Parlour';
    if (isParlour) this.asked.push('Inhibit');
    if (member === 'UnInhibit' && body.readUInt32LE(0) === COOKIE.Parlour) this.asked.push('UnInhibit');
    this.#socket.write(
      message(
        METHOD_RETURN,
        (this.#serial += 1),
        [
          [FIELD.replySerial, 'u', serial],
          [FIELD.destination, 's', fields.get(FIELD.sender) ?? ''],
          ...(isInhibit ? [/** @type {[number, 'g', string]} */ ([FIELD.signature, 'g', 'u'])] : []),
        ],
        isInhibit ? uint32(isParlour ? COOKIE.Parlour : COOKIE.other) : Buffer.alloc(0),
      ),
    );
  }
}

function requestName() {
  const name = string(NAME);
  return Buffer.concat([name, Buffer.alloc(padding(name.length, 4)), uint32(0)]);
}
