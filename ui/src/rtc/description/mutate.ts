/** For tests: changes SDP and JSON at random, so that most of it stays as it was. */

/** A generator that a number starts, so that a failure can be reproduced (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each would be a line of its own if it got through. */
const NEW_LINES = ['\r\na=fingerprint:sha-1 AB', '\r\na=x', '\na=x', '\ra=x'];
const ODD_TEXTS = [
  ...['', ' ', '\r\n', '\n', '\0', ' ', '\u2028', ':', '=', 'a'.repeat(300), '__proto__', 'constructor'],
  ...[
    'a=fingerprint:sha-1 AB',
    'a=FINGERPRINT:sha-256 AB',
    'a=group:BUNDLE 4',
    'a=ice-ufrag:evil',
    'a=mid:4',
  ],
  ...['a=setup:passive', 'a=bundle-only', 'm=audio 0 UDP/TLS/RTP/SAVPF 0', 'a=ice-lite', 'a=crypto:1 x'],
  ...[
    'a=candidate:1 1 udp 1 evil.example 1 typ host',
    '0x7f.1',
    '::1',
    '::',
    'x.local',
    'sha-384',
    'actpass',
  ],
  ...['ab'.repeat(32), 'abcd', 'p'.repeat(22), 'active', 'VP8', 'opus', 'red', 'rtx', 'nack', 'sendonly'],
  ...[...NEW_LINES, ...NEW_LINES],
  ...['apt=96', 'profile=1', '96/97', 'x-google-max-bitrate=1'],
];
const ODD_VALUES: unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1,
    2,
    1.5,
    14,
    15,
    64,
    96,
    97,
    111,
    127,
    255,
    65_535,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 53,
    NaN,
  ],
  ...[[], {}, [1], [1, 2], [1, 2, 3], [[]], [{}], { length: 1 }, ...ODD_TEXTS],
];

type Random = () => number;
const below = (random: Random, most: number): number => Math.floor(random() * most);
const pick = <T>(random: Random, all: readonly T[]): T => all[below(random, all.length)] as T;

/** One to four changes of lines or characters; some lines come from `other`. */
export function mutateText(random: Random, text: string, other: string): string {
  let changed = text;
  for (let turns = 1 + below(random, 4); turns > 0; turns -= 1) changed = mutateOnce(random, changed, other);
  return changed;
}

function mutateOnce(random: Random, text: string, other: string): string {
  const lines = text.split('\r\n');
  const at = below(random, lines.length);
  const line = lines[at] ?? '';
  const place = below(random, line.length + 1);
  switch (below(random, 8)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, pick(random, lines));
      break;
    case 2:
      lines.splice(at, 0, pick(random, other.split('\r\n')));
      break;
    case 3:
      lines.splice(at, 1, ...lines.splice(below(random, lines.length), 1), line);
      break;
    case 4:
      lines[at] = line.replace(/\d+/, () => String(pick(random, ODD_VALUES)));
      break;
    case 5:
      lines[at] = line.slice(0, place) + pick(random, ODD_TEXTS) + line.slice(place + below(random, 3));
      break;
    case 6:
      lines.splice(at, 0, pick(random, ODD_TEXTS));
      break;
    default:
      lines[at] = line.slice(0, place) + String.fromCharCode(below(random, 256)) + line.slice(place + 1);
  }
  return lines.join('\r\n');
}

/** Changes one to four values somewhere inside, or adds or removes some. */
export function mutateJson(random: Random, json: unknown): unknown {
  const copy = { root: structuredClone(json) };
  for (let turns = 1 + below(random, 4); turns > 0; turns -= 1) {
    let owner: Record<string, unknown> = copy;
    let name = 'root';
    for (;;) {
      const inner = owner[name];
      if (typeof inner !== 'object' || inner === null || random() < 0.15) break;
      const names = Object.keys(inner);
      if (names.length === 0) break;
      owner = inner as Record<string, unknown>;
      name = pick(random, names);
    }
    mutateValue(random, owner, name);
  }
  return JSON.parse(JSON.stringify(copy.root ?? null));
}

function mutateValue(random: Random, owner: Record<string, unknown>, name: string): void {
  const value = owner[name];
  switch (below(random, 7)) {
    case 0:
      Reflect.deleteProperty(owner, name);
      break;
    case 1:
      if (Array.isArray(owner)) owner.push(...owner.slice(0, 70));
      else owner[String(pick(random, ODD_TEXTS))] = value;
      break;
    case 2:
      if (typeof value === 'string') owner[name] = value + String(pick(random, ODD_TEXTS));
      else if (typeof value === 'number') owner[name] = value + pick(random, [-1, 1, 0.5, 256]);
      break;
    case 3:
      owner[name] = String(value) + pick(random, NEW_LINES);
      break;
    case 4:
      owner[name] = owner[pick(random, Object.keys(owner))];
      break;
    default:
      owner[name] = structuredClone(pick(random, ODD_VALUES));
  }
}
