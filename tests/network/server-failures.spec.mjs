import { pause, until } from '../e2e/harness/wait.mjs';
import { goOn, patient, settle, TIMES } from './disturbance.mjs';
import { Rogue } from './faulty-server.mjs';
import { call, come, together } from './steps.mjs';
import { expect, PORT, test } from './fixtures.mjs';

/** How long the server is away, each time another; all are short of what a person would wait for. */
const AWAY_MS = [1_000, 3_000, 8_000, 15_000, 30_000];
/** What is behind the one that misbehaves. */
const BEHIND = 8788;
const ROGUE_MS = 15_000;

test.beforeEach(patient);

test('the server is cut off: the call does not feel it', async ({ internet, turn, serve, person }) => {
  await serve([turn.stun]);
  const anna = await person('anna', internet.host('anna', internet.home('cone')));
  const ben = await person('ben', internet.host('ben', internet.home('cone')));
  await goOn('server cut off for 15 s', await call(anna, ben), async () => {
    internet.server.link('down');
    await pause(15_000);
    internet.server.link('up');
    await pause(5_000);
  });
});

test('the server is killed and started again: no frame is lost, and a third can join', async ({
  internet,
  turn,
  serve,
  person,
}) => {
  let server = await serve([turn.stun]);
  const anna = await person('anna', internet.host('anna', internet.home('cone')));
  const ben = await person('ben', internet.host('ben', internet.home('cone')));
  const chen = await person('chen', internet.host('chen', internet.home('cone')));
  const pages = await call(anna, ben);
  const invite = await anna.invite();
  /** @type {number[]} */
  const joined = [];
  await goOn('server killed and started again', pages, async (nth) => {
    await server.crash();
    await pause(Number(AWAY_MS[nth % AWAY_MS.length]));
    server = await serve([turn.stun]);
    const since = Date.now();
    await chen.window.fill('Invite link', invite);
    await chen.window.click('button', 'Join');
    const others = 'return document.querySelectorAll("[data-peer]").length';
    const two = await until(
      'Chen finds both',
      async () => (await chen.window.run(others)) === 2,
      30_000,
    ).catch(() => false);
    joined.push(two ? Date.now() - since : Infinity);
    await chen.window.click('button', 'Leave');
    await chen.window.find('button', 'Start a room');
  });
  settle('server killed and started again: a third finds both', 3_000, joined);
  const c = await come(chen, invite, 'Chen');
  await Promise.all([...pages, c].map((page) => page.media(2)));
});

for (const { mood, what } of /** @type {const} */ ([
  { mood: 'closing', what: 'signaling closed with 1011' },
  { mood: 'babbling', what: 'signaling talks garbage' },
])) {
  test(`${what}: the call does not feel it, and nobody hammers at the door`, async ({
    internet,
    turn,
    serve,
    person,
  }) => {
    await serve([turn.stun], `127.0.0.1:${BEHIND}`);
    const rogue = await Rogue.start(internet.server, PORT, BEHIND);
    try {
      const anna = await person('anna', internet.host('anna', internet.home('cone')));
      const ben = await person('ben', internet.host('ben', internet.home('cone')));
      const pages = await call(anna, ben);
      /** @type {number[][]} */
      const came = [];
      await goOn(what, pages, async () => {
        await rogue.be(mood);
        await pause(ROGUE_MS);
        came.push(await rogue.be('honest'));
        await pause(10_000);
      });
      console.log(
        `${what}: connections in ${ROGUE_MS / 1_000} s: ${came.map(({ length }) => length).join(', ')}`,
      );
      // Two people, each at once, then with a pause that grows to a second in the mean: some 16 each.
      for (const times of came) expect.soft(times.length, 'connections').toBeLessThan(2 * 20);
      await together(...pages);
    } finally {
      rogue.end();
    }
  });
}
