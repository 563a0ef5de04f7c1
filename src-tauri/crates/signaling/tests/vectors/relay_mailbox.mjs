// Makes relay_mailbox.json: `node relay_mailbox.mjs > relay_mailbox.json`. It is a second implementation of "Mailboxes at
// relays" in docs/protocol.md, on WebCrypto alone.
import { webcrypto as crypto } from 'node:crypto';

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (data) => Buffer.from(data).toString('hex');
const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

async function hkdf(ikm, salt, info) {
  const key = await subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, 256));
}

const secret = new Uint8Array(16).fill(7);
const author = new Uint8Array(32).fill(1);
const iv = new Uint8Array(12).fill(9);
const day = new Uint8Array(4);
new DataView(day.buffer).setUint32(0, 20_784);

const seed = await hkdf(secret, utf8('parlour v1'), utf8('parlour v1 relay seed'));
const mailbox = await hkdf(seed, new Uint8Array(), concat(utf8('parlour v1 relay mailbox'), day));
const rawKey = await hkdf(seed, new Uint8Array(), concat(utf8('parlour v1 relay key'), day));
const key = await subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt']);
const additionalData = concat(utf8('parlour v1 relay event'), mailbox, author);
const ciphertext = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }, key, utf8('hello'));
console.log(JSON.stringify({ mailbox: hex(mailbox), sealed: hex(concat(iv, new Uint8Array(ciphertext))) }, null, 2));
