// Searches recorded traffic for plain text: as it is, and under every layer of base64 and hex.

/** Text that every session description or candidate contains, as SDP and as a signal. */
export const DESCRIPTION_MARKERS = [
  'v=0\r\n',
  'a=fingerprint',
  'fingerprint:sha-256',
  'ice-ufrag',
  'ice-pwd',
  'candidate:',
  'typ host',
  '"ufrag":',
  '"pwd":',
  '"fingerprint":',
  '"foundation":',
];

const MAX_DECODING_DEPTH = 4;

/** @param {string} text */
function* decodedRuns(text) {
  for (const [run] of text.matchAll(/[\w+/-]{12,}/g)) {
    // Bytes before the encoded text, such as a counter, may shift its base64 alignment.
    for (let skip = 0; skip < 4; skip += 1) yield Buffer.from(run.slice(skip), 'base64').toString('latin1');
  }
  for (const [run] of text.matchAll(/(?:[\da-f]{2}){8,}/gi)) yield Buffer.from(run, 'hex').toString('latin1');
}

/**
 * Every text that can be decoded from this one without a key.
 *
 * @param {string} text
 * @returns {Generator<string>}
 */
export function* decodings(text, depth = MAX_DECODING_DEPTH) {
  yield text;
  // JSON inside a JSON string.
  const plain = text
    .replaceAll('\\r', '\r')
    .replaceAll('\\n', '\n')
    .replaceAll(/\\(["\\])/g, '$1');
  if (plain !== text) yield plain;
  if (depth > 0) for (const inner of decodedRuns(text)) yield* decodings(inner, depth - 1);
}

/**
 * Returns those needles that one of the texts contains, plain or encoded.
 *
 * @param {Iterable<string>} texts
 * @param {string[]} needles
 * @param {number} [depth] how many layers of encoding are removed
 */
export function findPlaintext(texts, needles, depth) {
  const wanted = needles.map((needle) => ({
    needle,
    bytes: Buffer.from(needle).toString('latin1').toLowerCase(),
  }));
  /** @type {Set<string>} */
  const hits = new Set();
  for (const text of texts) {
    for (const decoding of decodings(text, depth)) {
      const lowerCase = decoding.toLowerCase();
      for (const { needle, bytes } of wanted) {
        if (lowerCase.includes(bytes) || lowerCase.includes(needle.toLowerCase())) hits.add(needle);
      }
    }
  }
  return [...hits].sort();
}

/**
 * The addresses in candidates, and the ICE passwords and fingerprints, of session descriptions in SDP. Fingerprints come
 * in the spelling of SDP and in that of signals.
 *
 * @param {string[]} descriptions
 */
export function sensitiveSdpValues(descriptions) {
  const text = descriptions.join('\n');
  const all = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].map(([, value]) => String(value));
  return {
    addresses: [...new Set(all(/candidate:\S+ \d+ \S+ \d+ (\S+) /g))],
    secrets: [
      ...new Set([
        ...all(/ice-pwd:(\S+)/g),
        ...all(/fingerprint:\S+ (\S+)/g).flatMap((print) => [print, print.replaceAll(':', '').toLowerCase()]),
      ]),
    ],
  };
}

/**
 * The encodings in which a room's secret may appear.
 *
 * @param {string} code the code of an invite
 */
export function secretEncodings(code) {
  const secret = Buffer.from(code, 'base64url').subarray(1, 17);
  return [
    code,
    secret.toString('base64url'),
    secret.toString('base64').replace(/=+$/, ''),
    secret.toString('hex'),
    // As Rust's `Debug` prints bytes.
    [...secret].join(', '),
  ];
}
