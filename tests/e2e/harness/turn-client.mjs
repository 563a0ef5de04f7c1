import crypto from 'node:crypto';
import dgram from 'node:dgram';

/** The parts of TURN (RFC 8656) that show whom a relay reaches: an allocation, and permissions for peers. */

const MAGIC = 0x2112a442;
const ALLOCATE = 0x003;
const CREATE_PERMISSION = 0x008;
const SUCCESS = 0x100;
const ATTRIBUTES = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  peer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  transport: 0x0019,
};
const UDP = 17;
const ANSWER_TIMEOUT_MS = 5_000;

/** A client with one allocation. */
export class TurnClient {
  #socket = dgram.createSocket('udp4');
  /** @type {Map<string, (answer: Buffer) => void>} */
  #waiting = new Map();
  /** @type {Buffer} */
  #realm = Buffer.alloc(0);
  /** @type {Buffer} */
  #nonce = Buffer.alloc(0);

  /**
   * @param {{ address: string, port: number, username: string, password: string }} server
   */
  constructor(server) {
    this.server = server;
    this.#socket.on('message', (answer) => {
      const id = answer.subarray(8, 20).toString('hex');
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /**
   * The error code of the answer to an allocation, or 0.
   *
   * @returns {Promise<number>}
   */
  async allocate() {
    const transport = attribute(ATTRIBUTES.transport, Buffer.from([UDP, 0, 0, 0]));
    const challenge = await this.#request(ALLOCATE, [transport], false);
    this.#realm = find(challenge, ATTRIBUTES.realm) ?? this.#realm;
    this.#nonce = find(challenge, ATTRIBUTES.nonce) ?? this.#nonce;
    return errorCode(await this.#request(ALLOCATE, [transport], true));
  }

  /**
   * The error code of the answer when the relay is to send to this IPv4 address, or 0.
   *
   * @param {string} peer
   * @returns {Promise<number>}
   */
  async permit(peer) {
    const address = Buffer.from([0, 1, 0, 0, ...peer.split('.').map(Number)]);
    for (let at = 2; at < 8; at += 1) {
      const mask = Buffer.alloc(4);
      mask.writeUInt32BE(MAGIC);
      address.writeUInt8(address.readUInt8(at) ^ mask.readUInt8(at < 4 ? at - 2 : at - 4), at);
    }
    return errorCode(await this.#request(CREATE_PERMISSION, [attribute(ATTRIBUTES.peer, address)], true));
  }

  close() {
    this.#socket.close();
  }

  /**
   * @param {number} method
   * @param {Buffer[]} attributes
   * @param {boolean} isSigned
   * @returns {Promise<Buffer>}
   */
  #request(method, attributes, isSigned) {
    const { address, port, username, password } = this.server;
    const id = crypto.randomBytes(12);
    const credentials = [
      attribute(ATTRIBUTES.username, Buffer.from(username)),
      attribute(ATTRIBUTES.realm, this.#realm),
      attribute(ATTRIBUTES.nonce, this.#nonce),
    ];
    const body = Buffer.concat([...attributes, ...(isSigned ? credentials : [])]);
    const parts = [header(method, id, body.length + (isSigned ? 24 : 0)), body];
    if (isSigned) {
      const key = crypto
        .createHash('md5')
        .update(`${username}:${this.#realm.toString()}:${password}`)
        .digest();
      const mac = crypto.createHmac('sha1', key).update(Buffer.concat(parts)).digest();
      parts.push(attribute(ATTRIBUTES.integrity, mac));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the TURN server is silent')), ANSWER_TIMEOUT_MS);
      this.#waiting.set(id.toString('hex'), (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#socket.send(Buffer.concat(parts), port, address);
    });
  }
}

/**
 * @param {number} method
 * @param {Buffer} id
 * @param {number} length
 * @returns {Buffer}
 */
function header(method, id, length) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(method, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(MAGIC, 4);
  return Buffer.concat([bytes, id]);
}

/**
 * @param {number} type
 * @param {Buffer} value
 * @returns {Buffer}
 */
function attribute(type, value) {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/**
 * @param {Buffer} message
 * @param {number} wanted
 * @returns {Buffer | undefined}
 */
function find(message, wanted) {
  for (let at = 20; at + 4 <= message.length;) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    if (type === wanted) return message.subarray(at + 4, at + 4 + length);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

/**
 * @param {Buffer} answer
 * @returns {number}
 */
function errorCode(answer) {
  if ((answer.readUInt16BE(0) & 0x110) === SUCCESS) return 0;
  const error = find(answer, ATTRIBUTES.error);
  return error ? error.readUInt8(2) * 100 + error.readUInt8(3) : -1;
}
