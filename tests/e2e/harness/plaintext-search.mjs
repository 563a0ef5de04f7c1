// What somebody can read who has recorded traffic: as it is, and under every layer of base64 and hex.

/** What a description or a candidate has in it, whatever its values. */
export const SDP = [
  'v=0\r\n',
  'a=fingerprint',
  'fingerprint:sha-256',
  'ice-ufrag',
  'ice-pwd',
  'candidate:',
  'typ host',
];

const LAYERS = 4;

/** @param {string} text */
function* unpacked(text) {
  for (const [run] of text.matchAll(/[\w+/-]{12,}/g)) {
    // Text in front, such as a counter's bytes, may have put what follows out of step.
    for (let skip = 0; skip < 4; skip += 1) yield Buffer.from(run.slice(skip), 'base64').toString('latin1');
  }
  for (const [run] of text.matchAll(/(?:[\da-f]{2}){8,}/gi)) yield Buffer.from(run, 'hex').toString('latin1');
}

/**
 * Every text that can be made of this one without a key.
 *
 * @param {string} text
 * @returns {Generator<string>}
 */
export function* readings(text, layers = LAYERS) {
  yield text;
  // JSON in JSON.
  const plain = text
    .replaceAll('\\r', '\r')
    .replaceAll('\\n', '\n')
    .replaceAll(/\\(["\\])/g, '$1');
  if (plain !== text) yield plain;
  if (layers > 0) for (const inner of unpacked(text)) yield* readings(inner, layers - 1);
}

/**
 * Which of the needles can be found.
 *
 * @param {Iterable<string>} texts
 * @param {string[]} needles
 * @param {number} [layers] that are taken off
 */
export function found(texts, needles, layers) {
  const wanted = needles.map((needle) => ({
    needle,
    form: Buffer.from(needle).toString('latin1').toLowerCase(),
  }));
  /** @type {Set<string>} */
  const hits = new Set();
  for (const text of texts) {
    for (const reading of readings(text, layers)) {
      const low = reading.toLowerCase();
      for (const { needle, form } of wanted)
        if (low.includes(form) || low.includes(needle.toLowerCase())) hits.add(needle);
    }
  }
  return [...hits].sort();
}

/**
 * The addresses, user fragments, passwords and fingerprints in descriptions.
 *
 * @param {string[]} descriptions
 */
export function valuesOf(descriptions) {
  const text = descriptions.join('\n');
  const all = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].map(([, value]) => String(value));
  return {
    addresses: [...new Set(all(/candidate:\S+ \d+ \S+ \d+ (\S+) /g))],
    others: [...new Set([...all(/ice-pwd:(\S+)/g), ...all(/fingerprint:\S+ (\S+)/g)])],
  };
}

/**
 * The forms in which a room's secret may be written.
 *
 * @param {string} code of the invite
 */
export function formsOf(code) {
  const secret = Buffer.from(code, 'base64url').subarray(1, 17);
  return [
    code,
    secret.toString('base64url'),
    secret.toString('base64').replace(/=+$/, ''),
    secret.toString('hex'),
    // As Rust prints bytes.
    [...secret].join(', '),
  ];
}
