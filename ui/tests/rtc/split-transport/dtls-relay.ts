/** Runs in Node: two ICE endpoints that pass the DTLS packets of one on to the other, untouched. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { crc32 } from 'node:zlib';

export type LegName = 'alice' | 'bob';

/** The description of a leg, and the number of packets that it has passed on. */
export interface LegView {
  fragment: string;
  password: string;
  address: string;
  port: number;
  passed: number;
}

/** The ICE parameters of the browser that a leg talks to. */
export interface LegPeer {
  fragment: string;
  password: string;
  candidates: { address: string; port: number }[];
}

const MAGIC = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_RESPONSE = 0x0101;
const CHECK_INTERVAL_MS = 200;
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
};

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A STUN message with integrity and fingerprint (RFC 8489). */
function stun(type: number, transaction: Buffer, attributes: Buffer[], password: string): Buffer {
  const head = Buffer.concat([Buffer.alloc(4), number32(MAGIC), transaction]);
  head.writeUInt16BE(type, 0);
  let message = Buffer.concat([head, ...attributes]);
  // The length includes the attribute that is about to be added.
  message.writeUInt16BE(message.length - 20 + 24, 2);
  const integrity = createHmac('sha1', password).update(message).digest();
  message = Buffer.concat([message, attribute(ATTRIBUTE.integrity, integrity)]);
  message.writeUInt16BE(message.length - 20 + 8, 2);
  return Buffer.concat([message, attribute(ATTRIBUTE.fingerprint, number32(crc32(message) ^ 0x5354554e))]);
}

class Leg {
  readonly #fragment = `mal${randomBytes(4).toString('hex')}`;
  readonly #password = randomBytes(16).toString('hex');
  readonly #socket = createSocket('udp4');
  #peer: LegPeer | null = null;
  #remote: RemoteInfo | null = null;
  #passed = 0;
  #address = '';
  other: Leg | null = null;

  async bind(address: string): Promise<void> {
    this.#address = address;
    this.#socket.on('message', (message, from) => this.#receive(message, from));
    await new Promise<void>((bound) => this.#socket.bind(0, address, bound));
  }

  get view(): LegView {
    return {
      fragment: this.#fragment,
      password: this.#password,
      address: this.#address,
      port: this.#socket.address().port,
      passed: this.#passed,
    };
  }

  setPeer(peer: LegPeer): void {
    const candidates = [...(this.#peer?.candidates ?? []), ...peer.candidates];
    this.#peer = { ...peer, candidates };
  }

  /** Checks the path and nominates it, as the controlling side does. */
  check(): void {
    if (!this.#peer) return;
    const { fragment, password, candidates } = this.#peer;
    for (const { address, port } of this.#remote ? [this.#remote] : candidates) {
      const attributes = [
        attribute(ATTRIBUTE.username, Buffer.from(`${fragment}:${this.#fragment}`)),
        attribute(ATTRIBUTE.iceControlling, randomBytes(8)),
        attribute(ATTRIBUTE.priority, number32(0x6e7f1eff)),
        attribute(ATTRIBUTE.useCandidate, Buffer.alloc(0)),
      ];
      this.#socket.send(stun(BINDING_REQUEST, randomBytes(12), attributes, password), port, address);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: Buffer, from: RemoteInfo): void {
    const isStun = message.length >= 20 && (message[0] ?? 0) < 4;
    if (!isStun) {
      this.other?.pass(message);
    } else if (message.readUInt16BE(0) === BINDING_RESPONSE) {
      this.#remote = from;
    } else if (message.readUInt16BE(0) === BINDING_REQUEST) {
      this.#remote ??= from;
      const address = from.address.split('.').reduce((all, byte) => all * 256 + Number(byte), 0);
      const mapped = Buffer.alloc(4);
      mapped.writeUInt16BE(1, 0);
      mapped.writeUInt16BE(from.port ^ (MAGIC >>> 16), 2);
      const value = Buffer.concat([mapped, number32(address ^ MAGIC)]);
      const answer = stun(
        BINDING_RESPONSE,
        message.subarray(8, 20),
        [attribute(ATTRIBUTE.xorMappedAddress, value)],
        this.#password,
      );
      this.#socket.send(answer, from.port, from.address);
    }
  }

  pass(message: Buffer): void {
    if (!this.#remote) return;
    this.#passed += 1;
    this.#socket.send(message, this.#remote.port, this.#remote.address);
  }
}

export class DtlsRelay {
  readonly #legs = { alice: new Leg(), bob: new Leg() };
  #timer: ReturnType<typeof setInterval> | undefined;

  static async start(): Promise<DtlsRelay> {
    const relay = new DtlsRelay();
    const { alice, bob } = relay.#legs;
    [alice.other, bob.other] = [bob, alice];
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const address =
      own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
    await Promise.all([alice.bind(address), bob.bind(address)]);
    relay.#timer = setInterval(() => [alice, bob].forEach((leg) => leg.check()), CHECK_INTERVAL_MS);
    return relay;
  }

  view(leg: LegName): LegView {
    return this.#legs[leg].view;
  }

  setPeer(leg: LegName, peer: LegPeer): void {
    this.#legs[leg].setPeer(peer);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const leg of Object.values(this.#legs)) leg.close();
  }
}
