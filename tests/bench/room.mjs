// The cost of a call for one person in rooms of several sizes: CPU and uplink. The person's page is the whole view of a
// call in a Chromium of its own, with a camera of 1280 × 720. The others are light receivers in one page of another
// Chromium: real links that send nothing, and show the picture in a tile of the size that it would have.
// node room.mjs [--rooms 2,4,8] [--seconds 12] [--uplink KBIT] [--ui FOLDER]
// `--uplink` bounds what is sent, in a network namespace (root), and takes a camera that needs more than that. `--ui`
// names the folder `ui` of another checkout that has the pages in `tests/rtc/room-cost`, to compare with.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { waitFor } from '../e2e/harness/wait.mjs';
import { roomReport } from './report/room-report.mjs';
import { measureRoom } from './room/measure-room.mjs';
import { isInNamespace, makeNetwork, writeBusyCamera } from './room/narrow-uplink.mjs';

const { values } = parseArgs({
  options: {
    rooms: { type: 'string', default: '2,4,8' },
    seconds: { type: 'string', default: '12' },
    uplink: { type: 'string' },
    ui: { type: 'string', default: path.join(import.meta.dirname, '../../ui') },
  },
});
const PORT = 5597;
const origin = `http://127.0.0.1:${PORT}`;

async function run() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-bench-room-'));
  const narrow = values.uplink
    ? { kbit: Number(values.uplink), camera: path.join(folder, 'camera.y4m') }
    : null;
  if (narrow) {
    makeNetwork();
    writeBusyCamera(narrow.camera);
  }
  const vite = spawn(
    process.execPath,
    ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', String(PORT), '--strictPort'],
    { cwd: values.ui, stdio: 'ignore' },
  );
  try {
    await waitFor('Vite', async () => (await fetch(origin).catch(() => null))?.ok);
    const rooms = [];
    for (const people of values.rooms.split(',').map(Number)) {
      rooms.push(await measureRoom({ origin, people, seconds: Number(values.seconds), narrow }));
    }
    console.log(roomReport(rooms));
  } finally {
    vite.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

if (!values.uplink || isInNamespace()) await run();
