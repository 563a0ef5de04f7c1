// The first picture: how long Parlour and others take from the newcomer's *Enter* until each side sees the other.
// node setup.mjs [--rounds 15] [--delays 0,50] --out FILE; PARLOUR_APP names the app's binary.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ParlourServer } from '../e2e/harness/parlour-server.mjs';
import { startVirtualDesktop } from '../e2e/harness/virtual-desktop.mjs';
import { openBrowser, openPage } from './browsers.mjs';
import { pageContender, twoConnections } from './contenders/page-contender.mjs';
import { parlour } from './contenders/parlour.mjs';
import { shuffled } from './order.mjs';
import { AFTER_LOBBY, EXAMPLE, LIMIT, PEERJS, WITHOUT_LOBBY, setupReport } from './report/setup-report.mjs';
import { DelayProxies } from './servers/delay-proxy.mjs';
import { startPageServer } from './servers/page-server.mjs';
import { startPeerServer } from './servers/peer-server.mjs';
import { startRelay } from './servers/relay.mjs';
import { holdCall } from './trial.mjs';

/** @typedef {import('../e2e/harness/chromium.mjs').Browser} Browser */
/** @typedef {import('../e2e/harness/chromium.mjs').Page} Page */
/** @typedef {import('./report/setup-report.mjs').Trial} Trial */
/** @typedef {import('./trial.mjs').Contender} Contender */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    delays: { type: 'string', default: '0,50' },
    out: { type: 'string', default: path.join(import.meta.dirname, '../../target/bench/setup.jsonl') },
  },
});
const rounds = Number(values.rounds);
const delays = values.delays.split(',').map(Number);

fs.mkdirSync(path.dirname(values.out), { recursive: true });
fs.writeFileSync(values.out, '');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-bench-server-'));
const stopDesktop = await startVirtualDesktop();
// Every call joins from the same address; the rate of joins is raised, as for many people at a time.
const parlourServer = await ParlourServer.start({
  log: path.join(folder, 'parlour-server.log'),
  args: ['--max-joins-per-address', '1000'],
});
const pagePort = await startPageServer();
const proxies = new DelayProxies();

/** @type {Map<string, Contender>} */
const contenders = new Map([
  [AFTER_LOBBY, parlour(parlourServer.port, true)],
  [WITHOUT_LOBBY, parlour(parlourServer.port, false)],
  [PEERJS, pageContender('peerjs', pagePort, await startPeerServer())],
  [EXAMPLE, pageContender('w3c-example', pagePort, await startRelay())],
  [LIMIT, twoConnections(pagePort)],
]);

/**
 * One call, with pages that are closed after it.
 *
 * @param {string} name
 * @param {number} delay
 * @param {{ newcomers: Browser, members: Browser }} browsers
 */
async function call(name, delay, { newcomers, members }) {
  /** @type {Page[]} */
  const pages = [];
  const open = async (/** @type {Browser} */ browser) => {
    const page = await openPage(browser);
    pages.push(page);
    return page;
  };
  try {
    return await holdCall(/** @type {Contender} */ (contenders.get(name)), {
      openNewcomer: () => open(newcomers),
      openMember: () => open(members),
      delayedPort: (port) => proxies.port(port, delay),
    });
  } finally {
    await Promise.all(pages.map((page) => page.context().close()));
  }
}

/**
 * @param {number} round
 * @returns {Promise<Trial[]>}
 */
async function holdRound(round) {
  const [newcomers, members] = await Promise.all([openBrowser(), openBrowser()]);
  const trials = [];
  try {
    // The first call in a browser starts processes that stay.
    for (const browser of [newcomers, members])
      await call(LIMIT, 0, { newcomers: browser, members: browser });
    for (const delay of shuffled(delays)) {
      for (const contender of shuffled([...contenders.keys()])) {
        const result = await call(contender, delay, { newcomers, members }).catch(
          (/** @type {Error} */ error) => ({
            failure: error.message.split('\n', 1)[0] ?? '',
          }),
        );
        const trial = { round, delay, contender, ...result };
        trials.push(trial);
        fs.appendFileSync(values.out, `${JSON.stringify(trial)}\n`);
      }
    }
  } finally {
    await Promise.all([newcomers.close(), members.close()]);
  }
  return trials;
}

/** @type {Trial[]} */
const trials = [];
try {
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`round ${round} of ${rounds}`);
    trials.push(...(await holdRound(round)));
  }
  console.log(setupReport(trials, [...contenders.keys()]));
  console.error(`\nEvery call is in ${values.out}.`);
} finally {
  await parlourServer.stop();
  stopDesktop();
  fs.rmSync(folder, { recursive: true, force: true });
}
process.exit();
