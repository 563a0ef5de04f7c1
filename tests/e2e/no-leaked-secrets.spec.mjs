import fs from 'node:fs';
import path from 'node:path';
import { hostRoom } from './harness/steps.mjs';
import { found, formsOf, SDP, valuesOf } from './harness/plaintext-search.mjs';
import { Server } from './harness/parlour-server.mjs';
import { expect, test } from './proxy/fixtures.mjs';
import { ProcessWatch } from './harness/process-watch.mjs';

const NAMES = { anna: 'Annabel Quillfeather', ben: 'Benjamin Plumwine' };
const TURN_SECRET = 'a secret that coturn knows too';
const TRACE = { PARLOUR_LOG: 'trace', RUST_LOG: 'trace' };

test('a whole call at trace level leaves nothing in logs, arguments and environments', async ({
  start,
  startAt,
}, info) => {
  const watch = new ProcessWatch();
  const secretFile = info.outputPath('turn-secret');
  fs.writeFileSync(secretFile, TURN_SECRET);
  const server = await Server.start({
    log: info.outputPath('parlour-server.log'),
    args: ['--turn', 'turn:127.0.0.1:9?transport=tcp', '--turn-secret-file', secretFile],
    env: TRACE,
  });
  try {
    const anna = await startAt(`ws+127.0.0.1:${server.port}`, { profile: 'anna', env: TRACE });
    const a = await hostRoom(anna, NAMES.anna);
    const invite = await anna.invite();
    const ben = await start({ profile: 'ben', link: invite, env: TRACE });
    const b = await ben.page();
    await b.enter(NAMES.ben);
    await Promise.all([a.media(1, 5), b.media(1, 5)]);
    await anna.window.click('button', 'Copy invite');

    const pages = await Promise.all(
      [a, b].map(async (page) => ({
        descriptions: await page.descriptions(),
        servers: await page.iceServers(),
        cookies: await page.page.context().cookies(),
      })),
    );
    const tokens = [...anna.redirects(), ...ben.redirects()].map((file) =>
      String(/#([\w-]{40,})/.exec(fs.readFileSync(file, 'utf8'))?.[1]),
    );
    const credentials = pages.flatMap(({ servers }) => servers.map(({ credential }) => String(credential)));
    const { addresses, others } = valuesOf(pages.flatMap(({ descriptions }) => descriptions));
    const room = formsOf(String(invite.split('/').at(-1)));
    const unique = [
      ...room,
      ...tokens,
      ...credentials,
      TURN_SECRET,
      ...Object.values(NAMES),
      ...pages.flatMap(({ cookies }) => cookies.map(({ value }) => value)),
      ...others,
    ];
    // The invite itself names this one.
    const hidden = addresses.filter((address) => address !== '127.0.0.1' && !invite.includes(address));
    for (const some of [tokens, credentials, hidden, others]) expect(some.length).toBeGreaterThan(0);
    for (const one of unique) expect(one.length).toBeGreaterThan(15);

    const pid = ben.pid();
    for (const page of [b, a]) await page.leave();
    for (const one of [anna, ben]) await one.window.find('button', 'Start a room');
    const dirs = [anna.dir, ben.dir];
    await Promise.all([anna.end(), ben.end(), server.end()]);
    const seen = watch.end();

    await test.step('logs', () => {
      const logs = [server.log, ...dirs.flatMap((dir) => logsIn(dir))];
      for (const log of logs) {
        const text = fs.readFileSync(log, 'utf8');
        expect.soft(found([text], [...unique, ...hidden, ...SDP], 1), log).toEqual([]);
        // Levels above the usual were on, for other crates too.
        if (!/(browser|page)\.log$/.test(log)) expect.soft(text, log).toContain('tungstenite::');
      }
      const names = logs.map((log) => path.basename(log));
      for (const name of ['app.log', 'parlour.log']) {
        expect(names.filter((one) => one === name)).toHaveLength(dirs.length);
      }
    });

    await test.step('processes', () => {
      const ours = seen.filter(
        ({ pid, env }) =>
          pid === server.pid || env.some((one) => dirs.some((dir) => one === `HOME=${dir}/home`)),
      );
      expect(ours.length, 'the watch saw processes').toBeGreaterThan(10);
      const given = seen.find((one) => one.pid === pid && one.args.includes(invite));
      expect(given, 'who was started with the link').toBeTruthy();
      // It was given the link, and so was what it has just forked, which is about to become something else.
      const rest = (/** @type {typeof seen} */ some) =>
        some.filter(({ args }) => args.join() !== given?.args.join());
      const texts = (/** @type {typeof seen} */ some) =>
        new Set(some.flatMap(({ args, env }) => [...args, ...env]));
      expect(found(texts(rest(seen)), unique, 1)).toEqual([]);
      expect(found(given?.env ?? [], unique, 1)).toEqual([]);
      expect(found(texts(rest(ours)), [...SDP, ...hidden], 1)).toEqual([]);
    });
  } finally {
    watch.end();
    await server.end();
  }
});

/** @param {string} dir of an instance */
const logsIn = (dir) =>
  fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log') && !name.startsWith('browser/'))
    .map((name) => path.join(dir, name));
