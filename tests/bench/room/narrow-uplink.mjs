import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';

const INSIDE = 'PARLOUR_ROOM_NAMESPACE';
/** The queue of the uplink drops what would wait longer. */
const QUEUE = '200ms';

/**
 * Runs this program again in a network namespace of its own, so that a bound never holds for the machine. Returns
 * whether it runs there already. Needs root.
 */
export function isInNamespace() {
  if (process.env[INSIDE]) return true;
  execFileSync('unshare', ['--net', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  return false;
}

/** WebRTC uses no loopback interface. So there is another one, whose packets to itself pass the loopback interface. */
export function makeNetwork() {
  for (const command of [
    'link set lo up',
    'link add call0 type veth peer name call1',
    'link set call1 up',
    'addr add 10.77.0.1/24 dev call0',
    'link set call0 up',
    'route add default dev call0',
  ]) {
    execFileSync('ip', command.split(' '));
  }
}

/**
 * Bounds what passes. Both directions do, but the receivers send next to nothing.
 *
 * @param {number | null} kbit
 */
export function limitUplink(kbit) {
  const tc = (/** @type {string} */ command) => execFileSync('tc', command.split(' '), { stdio: 'ignore' });
  if (kbit === null) tc('qdisc del dev lo root');
  else tc(`qdisc add dev lo root tbf rate ${kbit}kbit burst 64kb latency ${QUEUE}`);
}

/**
 * Writes what a camera sees whose picture needs more bits than any link may send: noise that moves, for a second.
 *
 * @param {string} file
 */
export function writeBusyCamera(file) {
  const [width, height, frames] = [1280, 720, 30];
  const pixels = width * height;
  const noise = crypto.randomBytes(2 * pixels);
  const gray = Buffer.alloc(pixels / 2, 128);
  const out = fs.openSync(file, 'w');
  fs.writeSync(out, `YUV4MPEG2 W${width} H${height} F${frames}:1 Ip A1:1 C420jpeg\n`);
  for (let n = 0; n < frames; n += 1) {
    fs.writeSync(out, 'FRAME\n');
    fs.writeSync(out, noise, (n * 37_831) % pixels, pixels);
    fs.writeSync(out, gray);
  }
  fs.closeSync(out);
}
