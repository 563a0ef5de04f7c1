// A call between two real instances of Parlour on this computer, with measurements and screenshots.
// node demo.mjs [--app BINARY] [--out DIR]; exit code 1 when the call fails or a measurement is missing.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startVirtualDesktop } from './harness/virtual-desktop.mjs';
import { AppInstance } from './harness/app-instance.mjs';
import { writePortraitVideos } from './harness/portrait-video.mjs';
import { hostRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

const DEMO_TIMEOUT_MS = 90_000;
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
const cameraVideos = { anna: path.join(out, 'anna.mjpeg'), ben: path.join(out, 'ben.mjpeg') };

/** @type {AppInstance[]} */
const instances = [];
/** @param {Omit<import('./harness/app-instance.mjs').Options, 'binary'>} options */
async function start(options) {
  const instance = await AppInstance.start({ ...options, binary });
  instances.push(instance);
  return instance;
}

/** The probe's events that the timeline shows, in words. @type {Record<string, string>} */
const EVENT_LABELS = {
  'signaling have-local-offer': 'offer made, while in the lobby',
  'signaling have-remote-offer': 'offer received',
  'signaling stable': 'answer in place',
  Enter: 'Enter',
  connecting: 'connecting (ICE, DTLS)',
  connected: 'connected',
  'first remote frame': 'first remote frame on the screen',
};

async function call() {
  await writePortraitVideos(cameraVideos);
  const anna = await start({ profile: 'anna', cameraVideo: cameraVideos.anna });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite(), cameraVideo: cameraVideos.ben });
  const b = await ben.callPage();
  await b.page.getByText('Anna is here.').waitFor();
  await waitFor('Anna has answered', async () =>
    (await a.events()).some(({ what }) => what === 'signaling stable'),
  );
  await b.enter('Ben');
  await Promise.all([
    a.waitForMedia(1, FRAMES),
    b.waitForMedia(1, FRAMES),
    a.waitForVideo('Ben'),
    b.waitForVideo('Anna'),
  ]);

  const sides = await Promise.all(
    [
      { name: 'Anna', page: a },
      { name: 'Ben', page: b },
    ].map(async ({ name, page }) => ({
      name,
      page,
      link: (await page.linkStats())[0],
      events: await page.events(),
    })),
  );
  const enter = sides[1]?.events.find(({ what }) => what === 'Enter')?.at;
  if (enter === undefined) throw new Error('the probe has not seen the click on Enter');

  console.log('\nFrom Ben’s Enter, in milliseconds:\n');
  sides
    .flatMap(({ name, events }) => events.map((event) => ({ ...event, name })))
    .filter(({ what, name }) => EVENT_LABELS[what] && (what !== 'Enter' || name === 'Ben'))
    .sort((earlier, later) => earlier.at - later.at)
    .forEach(({ name, at, what }) =>
      console.log(`  ${(at - enter).toFixed(0).padStart(6)}  ${name.padEnd(5)} ${EVENT_LABELS[what]}`),
    );

  console.log('');
  for (const { name, link, events } of sides) {
    const first = events.find(({ what }) => what === 'first remote frame')?.at;
    if (!link || first === undefined) throw new Error(`${name} has seen no frame`);
    if (!link.candidatePair || !link.width || !link.fps) throw new Error(`${name}: ${JSON.stringify(link)}`);
    console.log(`${name} sees and hears the other:`);
    console.log(`  first frame     ${(first - enter).toFixed(0)} ms after Enter`);
    console.log(`  candidate pair  ${link.candidatePair}, ${link.protocol}`);
    console.log(
      `  picture         ${link.width}×${link.height} at ${link.fps} frames a second, ${link.codec}`,
    );
    console.log(
      `  sound           heard, energy ${link.audioEnergy.toPrecision(2)} in ${link.audioSeconds.toFixed(1)} s\n`,
    );
  }

  const file = (/** @type {string} */ name) => path.join(out, name);
  await a.page.screenshot({ path: file('a.png') });
  await b.page.screenshot({ path: file('b.png') });
  await anna.window.screenshot(file('a-window.png'));
  await ben.window.screenshot(file('b-window.png'));
  for (const name of ['a.png', 'b.png', 'a-window.png', 'b-window.png'])
    console.log(`written: ${file(name)}`);
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
const stopDesktop = await startVirtualDesktop();
let timer;
try {
  const timeout = new Promise((_, reject) => {
    const error = new Error(`not done within ${DEMO_TIMEOUT_MS / 1_000} s`);
    timer = setTimeout(() => reject(error), DEMO_TIMEOUT_MS);
  });
  await Promise.race([call(), timeout]);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
  for (const instance of instances) {
    for (const artifact of await instance.failureArtifacts()) {
      fs.copyFileSync(artifact.path, path.join(out, artifact.name));
    }
  }
  console.error(`Logs and screenshots are in ${out}.`);
} finally {
  clearTimeout(timer);
  await Promise.all(instances.map((instance) => instance.remove()));
  for (const video of Object.values(cameraVideos)) fs.rmSync(video, { force: true });
  stopDesktop();
}
process.exit();
