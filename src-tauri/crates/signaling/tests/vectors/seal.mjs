// Makes seal.json: `node seal.mjs > seal.json`. It is a second implementation of "The seal" in docs/protocol.md,
// on WebCrypto alone, so the vectors do not come from the code that they test.
import { webcrypto as crypto } from 'node:crypto';

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const base64url = (data) => Buffer.from(data).toString('base64url');
const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));
const counted = (start, length) => Uint8Array.from({ length }, (_, i) => (start + i) & 0xff);

function u64(number) {
  const eight = new Uint8Array(8);
  new DataView(eight.buffer).setBigUint64(0, number);
  return eight;
}

async function hkdf(ikm, salt, info, length) {
  const key = await subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, length * 8));
}
async function seal(rawKey, iv, additionalData, plain) {
  const key = await subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }, key, plain));
}
const sha256 = async (data) => new Uint8Array(await subtle.digest('SHA-256', data));

const oids = { X25519: '6e', Ed25519: '70' };
async function keyPair(algorithm, secret, use) {
  // PKCS #8 around the raw key (RFC 8410). The public key is read from the JWK.
  const pkcs8 = concat(bytes(`302e020100300506032b65${oids[algorithm]}04220420`), secret);
  const key = await subtle.importKey('pkcs8', pkcs8, algorithm, true, [use]);
  const { x } = await subtle.exportKey('jwk', key);
  return { key, pub: new Uint8Array(Buffer.from(x, 'base64url')) };
}
const sign = async (key, data) => new Uint8Array(await subtle.sign('Ed25519', key, data));

/** The secret is the seed of the Ed25519 key, then the X25519 secret. */
async function session(secret) {
  const signing = await keyPair('Ed25519', secret.slice(0, 32), 'sign');
  const agreement = await keyPair('X25519', secret.slice(32), 'deriveBits');
  const keys = concat(signing.pub, agreement.pub);
  return { signing, agreement, keys, id: (await sha256(concat(utf8('parlour v1 peer'), keys))).slice(0, 16) };
}

async function room(secret) {
  const derive = (label, length) => hkdf(secret, utf8('parlour v1'), utf8(`parlour v1 ${label}`), length);
  const signing = await keyPair('Ed25519', await derive('room signing key', 32), 'sign');
  return { id: signing.pub, signing, helloKey: await derive('hello key', 32), pairSalt: await derive('pair salt', 32) };
}

async function joinProof(ofRoom, peer, nonce) {
  const signed = concat(utf8('parlour v1 join'), nonce, ofRoom.id, peer.keys);
  return { nonce: hex(nonce), room: hex(await sign(ofRoom.signing.key, signed)), peer: hex(await sign(peer.signing.key, signed)) };
}

async function safetyBinding(ofRoom, ...peers) {
  const text = (peer) => base64url(peer.id);
  const [first, second] = peers.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
  const version = bytes('00000001');
  return hex(await sha256(concat(utf8('parlour v1 safety binding'), version, ofRoom.id, first.id, first.keys, second.id, second.keys)));
}

async function hello(ofRoom, peer, nonce, name) {
  const plain = concat(peer.keys, utf8(JSON.stringify({ name })));
  const padded = concat(plain, utf8(' '.repeat(Math.max(0, 64 + 256 - plain.length))));
  const ad = concat(utf8('parlour v1 hello'), ofRoom.id, peer.id);
  return base64url(concat(nonce, await seal(ofRoom.helloKey, nonce, ad, padded)));
}

async function envelope(ofRoom, from, to, counter, plain) {
  const theirs = await subtle.importKey('raw', to.agreement.pub, 'X25519', false, []);
  const shared = new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, from.agreement.key, 256));
  const key = await hkdf(shared, ofRoom.pairSalt, concat(utf8('parlour v1 pair'), ofRoom.id, from.id, to.id), 32);
  const count = u64(counter);
  const ad = concat(utf8('parlour v1 signal'), ofRoom.id, from.id, to.id, count);
  return { key: hex(key), sealed: base64url(concat(count, await seal(key, concat(new Uint8Array(4), count), ad, plain))) };
}

async function code(secret) {
  const body = concat([1], secret);
  return base64url(concat(body, (await sha256(concat(utf8('parlour v1 invite'), body))).slice(0, 2)));
}

const secrets = [counted(0, 16), counted(0xf0, 16)];
const names = ['Mei', '梅 "the second" 👩‍👧'];
// Counter, number, signal. The second is sent again, and the last has a counter that is far ahead.
const signals = [
  [1n, 1n, '{"link":1,"candidate":null}'],
  [2n, 1n, '{"link":1,"candidate":null}'],
  [0x0102030405060708n, 2n, '{"link":1,"description":{"type":"offer","sdp":"v=0\\r\\n"}}'],
];
const vectors = [];
for (const [i, secret] of secrets.entries()) {
  const r = await room(secret);
  const ofA = counted(0x10 + i, 64);
  const ofB = counted(0x80 + i, 64);
  const a = await session(ofA);
  const b = await session(ofB);
  const nonce = counted(0x60 + i, 12);
  const envelopes = [];
  for (const [counter, number, signal] of signals) {
    const plain = concat(u64(number), utf8(signal));
    const { key, sealed } = await envelope(r, a, b, counter, plain);
    envelopes.push({ counter: counter.toString(), number: number.toString(), signal, key, sealed });
  }
  vectors.push({
    secret: hex(secret), code: await code(secret),
    room_id: hex(r.id), room_hash: hex((await sha256(concat(utf8('parlour v1 room hash'), r.id))).slice(0, 2)), hello_key: hex(r.helloKey), pair_salt: hex(r.pairSalt),
    a: { secret: hex(ofA), public: hex(a.keys), peer_id: hex(a.id) },
    b: { secret: hex(ofB), public: hex(b.keys), peer_id: hex(b.id) },
    join: { of: 'a', ...(await joinProof(r, a, counted(0x30 + i, 32))) },
    safety_binding: await safetyBinding(r, a, b),
    hello: { of: 'a', name: names[i], nonce: hex(nonce), sealed: await hello(r, a, nonce, names[i]) },
    a_to_b: envelopes,
  });
}
console.log(JSON.stringify(vectors, null, 2));
