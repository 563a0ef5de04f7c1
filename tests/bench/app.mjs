// The app's costs: its start, CPU and memory, sizes.
// node app.mjs --bare-window BINARY [--starts 7] [--calls 3] [--seconds 10]; PARLOUR_APP names the app's binary.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { APP_BINARY } from '../e2e/harness/app-instance.mjs';
import { ParlourServer } from '../e2e/harness/parlour-server.mjs';
import { startVirtualDesktop } from '../e2e/harness/virtual-desktop.mjs';
import { measureCamerasOff } from './cameras-off.mjs';
import { shuffled } from './order.mjs';
import { measurePhases } from './phases.mjs';
import { appReport } from './report/app-report.mjs';
import { startPageServer } from './servers/page-server.mjs';
import { startRelay } from './servers/relay.mjs';
import { measureStart } from './start.mjs';

const root = path.join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    'bare-window': { type: 'string' },
    starts: { type: 'string', default: '7' },
    calls: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
  },
});
const bareWindow = values['bare-window'];
if (!bareWindow) throw new Error('--bare-window is missing');
const seconds = Number(values.seconds);

/** @typedef {{ app: number[], beside: number[] }} Comparison */

/** @param {number} rounds */
async function measureStarts(rounds) {
  const programs = {
    app: () => measureStart(APP_BINARY, ['--profile', '{dir}/profile', '--reach', 'lan']),
    beside: () => measureStart(String(bareWindow), []),
  };
  /** @type {Comparison} */
  const figures = { app: [], beside: [] };
  // The first start of each reads its files from the disk.
  for (let round = 0; round <= rounds; round += 1) {
    for (const which of shuffled(/** @type {const} */ (['app', 'beside']))) {
      const figure = await programs[which]();
      if (round > 0) figures[which].push(figure);
    }
  }
  return figures;
}

/** @param {number} rounds */
async function compareCamerasOff(rounds) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-bench-server-'));
  const server = await ParlourServer.start({ log: path.join(folder, 'parlour-server.log') });
  const [pages, relay] = [await startPageServer(), await startRelay()];
  /** @type {Comparison} */
  const figures = { app: [], beside: [] };
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const { app, beside } = await measureCamerasOff({ parlourServer: server.port, relay, pages, seconds });
      figures.app.push(app);
      figures.beside.push(beside);
    }
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

/** The sizes of a release, where one has been built. */
function sizes() {
  const release = path.join(root, 'target/release');
  const packages = path.join(release, 'bundle/deb');
  const files = [
    path.join(release, 'parlour'),
    path.join(release, 'parlour-server'),
    ...(fs.existsSync(packages) ? fs.readdirSync(packages).map((name) => path.join(packages, name)) : []),
  ];
  return files
    .filter((file) => fs.existsSync(file) && fs.statSync(file).isFile())
    .map((file) => ({ file: path.basename(file), bytes: fs.statSync(file).size }));
}

const stopDesktop = await startVirtualDesktop();
try {
  console.error('starts');
  const start = await measureStarts(Number(values.starts));
  console.error('calls with cameras off');
  const soundOnlyCpu = await compareCamerasOff(Number(values.calls));
  console.error('from home to a call');
  const phases = await measurePhases(seconds);
  console.log(appReport({ start, soundOnlyCpu, phases, sizes: sizes() }));
} finally {
  stopDesktop();
}
process.exit();
