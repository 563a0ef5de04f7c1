// Hellos that anybody with the invite can forge, as in docs/protocol.md, with WebCrypto alone.
import { webcrypto } from 'node:crypto';

const { subtle } = webcrypto;
/** @param {string} text */
const utf8 = (text) => Buffer.from(text);
const unpack = (/** @type {string} */ text) => Buffer.from(text, 'base64url');

/** @param {string} invite */
export const secretOfInvite = (invite) => unpack(String(invite.split(/[/#]/).at(-1))).subarray(1, 17);

/**
 * @param {Buffer} secret
 * @param {string} label
 * @param {number} length
 */
async function derive(secret, label, length) {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8('parlour v1'), info: utf8(`parlour v1 ${label}`) };
  return Buffer.from(await subtle.deriveBits(how, key, length * 8));
}

/**
 * The id of the secret's room: the public key of its Ed25519 key, read from the JWK of a PKCS #8 key (RFC 8410).
 *
 * @param {Buffer} secret
 */
async function roomId(secret) {
  const seed = await derive(secret, 'room signing key', 32);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  return unpack(String((await subtle.exportKey('jwk', key)).x));
}

/**
 * A fresh public key.
 *
 * @param {string} name of the algorithm
 * @param {KeyUsage[]} usages
 */
async function publicKey(name, usages) {
  const pair = /** @type {CryptoKeyPair} */ (await subtle.generateKey({ name }, true, usages));
  return Buffer.from(await subtle.exportKey('raw', pair.publicKey));
}

/**
 * A hello that opens under this peer's id but carries other keys.
 *
 * @param {Buffer} secret
 * @param {string} peer
 * @param {string} name
 */
export async function forgeHello(secret, peer, name) {
  const own = [await publicKey('Ed25519', ['sign', 'verify']), await publicKey('X25519', ['deriveBits'])];
  const key = await subtle.importKey('raw', await derive(secret, 'hello key', 32), 'AES-GCM', false, [
    'encrypt',
  ]);
  const nonce = webcrypto.getRandomValues(Buffer.alloc(12));
  const additionalData = Buffer.concat([utf8('parlour v1 hello'), await roomId(secret), unpack(peer)]);
  const plain = Buffer.concat([...own, utf8(JSON.stringify({ name }).padEnd(256))]);
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, plain);
  return Buffer.concat([nonce, Buffer.from(sealed)]).toString('base64url');
}
