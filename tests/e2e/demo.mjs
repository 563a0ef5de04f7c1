// Two real instances of Parlour in a call on this computer, measured and photographed.
// node demo.mjs [--app BINARY] [--out DIR]; exit code 1 when any of it did not happen.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { desk } from './harness/virtual-desktop.mjs';
import { Parlour } from './harness/app-instance.mjs';
import { drawPortraits } from './harness/portrait-video.mjs';
import { hostRoom } from './harness/steps.mjs';
import { until } from './harness/wait.mjs';

const ALL_MS = 90_000;
const FRAMES = 60;

const root = path.join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    app: { type: 'string', default: path.join(root, 'target/debug/parlour') },
    out: { type: 'string', default: path.join(root, 'target/demo') },
  },
});
const out = path.resolve(values.out);
const binary = path.resolve(values.app);
const films = { anna: path.join(out, 'anna.mjpeg'), ben: path.join(out, 'ben.mjpeg') };

/** @type {Parlour[]} */
const running = [];
/** @param {Omit<import('./harness/app-instance.mjs').Options, 'binary'>} options */
async function start(options) {
  const parlour = await Parlour.start({ ...options, binary });
  running.push(parlour);
  return parlour;
}

/** Words of the probe's marks, in the order of a timeline. @type {Record<string, string>} */
const WORDS = {
  'signaling have-local-offer': 'offer made, while in the lobby',
  'signaling have-remote-offer': 'offer received',
  'signaling stable': 'answer in place',
  Enter: 'Enter',
  connecting: 'connecting (ICE, DTLS)',
  connected: 'connected',
  'first remote frame': 'first remote frame on the screen',
};

async function call() {
  await drawPortraits(films);
  const anna = await start({ profile: 'anna', film: films.anna });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite(), film: films.ben });
  const b = await ben.page();
  await b.page.getByText('Anna is here.').waitFor();
  await until('Anna has answered', async () =>
    (await a.events()).some(({ what }) => what === 'signaling stable'),
  );
  await b.enter('Ben');
  await Promise.all([a.media(1, FRAMES), b.media(1, FRAMES), a.moves('Ben'), b.moves('Anna')]);

  const sides = await Promise.all(
    [
      { name: 'Anna', page: a },
      { name: 'Ben', page: b },
    ].map(async ({ name, page }) => ({
      name,
      page,
      link: (await page.links())[0],
      events: await page.events(),
    })),
  );
  const enter = sides[1]?.events.find(({ what }) => what === 'Enter')?.at;
  if (enter === undefined) throw new Error('the click on Enter was not seen');

  console.log('\nFrom Ben’s Enter, in milliseconds:\n');
  sides
    .flatMap(({ name, events }) => events.map((event) => ({ ...event, name })))
    .filter(({ what, name }) => WORDS[what] && (what !== 'Enter' || name === 'Ben'))
    .sort((one, other) => one.at - other.at)
    .forEach(({ name, at, what }) =>
      console.log(`  ${(at - enter).toFixed(0).padStart(6)}  ${name.padEnd(5)} ${WORDS[what]}`),
    );

  console.log('');
  for (const { name, link, events } of sides) {
    const first = events.find(({ what }) => what === 'first remote frame')?.at;
    if (!link || first === undefined) throw new Error(`${name} has seen no frame`);
    if (!link.pair || !link.width || !link.fps) throw new Error(`${name}: ${JSON.stringify(link)}`);
    console.log(`${name} sees and hears the other:`);
    console.log(`  first frame     ${(first - enter).toFixed(0)} ms after Enter`);
    console.log(`  candidate pair  ${link.pair}, ${link.protocol}`);
    console.log(
      `  picture         ${link.width}×${link.height} at ${link.fps} frames a second, ${link.codec}`,
    );
    console.log(
      `  sound           heard, energy ${link.energy.toPrecision(2)} in ${link.heard.toFixed(1)} s\n`,
    );
  }

  for (const { file, shoot } of [
    { file: 'a.png', shoot: (/** @type {string} */ to) => a.page.screenshot({ path: to }) },
    { file: 'b.png', shoot: (/** @type {string} */ to) => b.page.screenshot({ path: to }) },
    { file: 'a-window.png', shoot: (/** @type {string} */ to) => anna.window.screenshot(to) },
    { file: 'b-window.png', shoot: (/** @type {string} */ to) => ben.window.screenshot(to) },
  ]) {
    await shoot(path.join(out, file));
    console.log(`written: ${path.join(out, file)}`);
  }
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
const leaveDesk = await desk();
let late;
try {
  const bound = new Promise((_, failed) => {
    late = setTimeout(() => failed(new Error(`not done within ${ALL_MS / 1_000} s`)), ALL_MS);
  });
  await Promise.race([call(), bound]);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
  for (const parlour of running) {
    for (const one of await parlour.evidence()) fs.copyFileSync(one.path, path.join(out, one.name));
  }
  console.error(`Logs and screenshots are in ${out}.`);
} finally {
  clearTimeout(late);
  await Promise.all(running.map((parlour) => parlour.remove()));
  for (const film of Object.values(films)) fs.rmSync(film, { force: true });
  leaveDesk();
}
process.exit();
