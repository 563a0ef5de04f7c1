import fs from 'node:fs';
import path from 'node:path';
import { hostRoom } from './harness/steps.mjs';
import {
  findPlaintext,
  secretEncodings,
  DESCRIPTION_MARKERS,
  sensitiveSdpValues,
} from './harness/plaintext-search.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { ProcessRecorder } from './harness/processes.mjs';

const NAMES = { anna: 'Annabel Quillfeather', ben: 'Benjamin Plumwine' };
const TURN_SECRET = 'a secret that coturn knows too';
const TRACE_ENV = { PARLOUR_LOG: 'trace', RUST_LOG: 'trace' };

test('a call at trace level leaves no secret in logs, arguments and environments', async ({
  startApp,
  startAppUsingServer,
}, info) => {
  const recorder = new ProcessRecorder();
  const secretFile = info.outputPath('turn-secret');
  fs.writeFileSync(secretFile, TURN_SECRET);
  const server = await ParlourServer.start({
    log: info.outputPath('parlour-server.log'),
    args: ['--turn', 'turn:127.0.0.1:9?transport=tcp', '--turn-secret-file', secretFile],
    env: TRACE_ENV,
  });
  try {
    const anna = await startAppUsingServer(`ws+127.0.0.1:${server.port}`, {
      profile: 'anna',
      env: TRACE_ENV,
    });
    const a = await hostRoom(anna, NAMES.anna);
    const invite = await anna.invite();
    const ben = await startApp({ profile: 'ben', link: invite, env: TRACE_ENV });
    const b = await ben.callPage();
    await b.enter(NAMES.ben);
    await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
    await anna.window.click('button', 'Copy invite');

    const pages = await Promise.all(
      [a, b].map(async (page) => ({
        descriptions: await page.descriptions(),
        servers: await page.iceServers(),
        session: await page.page.evaluate(() => String(sessionStorage.getItem('parlour.session'))),
      })),
    );
    const tokens = [...anna.redirectFiles(), ...ben.redirectFiles()].map((file) =>
      String(/#([\w-]{40,})/.exec(fs.readFileSync(file, 'utf8'))?.[1]),
    );
    const credentials = pages.flatMap(({ servers }) => servers.map(({ credential }) => String(credential)));
    const { addresses, secrets } = sensitiveSdpValues(pages.flatMap(({ descriptions }) => descriptions));
    const roomSecrets = secretEncodings(String(invite.split('/').at(-1)));
    const unique = [
      ...roomSecrets,
      ...tokens,
      ...credentials,
      TURN_SECRET,
      ...Object.values(NAMES),
      ...pages.map(({ session }) => session),
      ...secrets,
    ];
    // The invite itself names the server's address.
    const hidden = addresses.filter((address) => address !== '127.0.0.1' && !invite.includes(address));
    for (const list of [tokens, credentials, hidden, secrets]) expect(list.length).toBeGreaterThan(0);
    // Shorter values would be found by chance.
    for (const value of unique) expect(value.length).toBeGreaterThan(15);

    const pid = ben.pid();
    for (const page of [b, a]) await page.leave();
    for (const instance of [anna, ben]) await instance.window.find('button', 'Start a room');
    const dirs = [anna.dir, ben.dir];
    await Promise.all([anna.stop(), ben.stop(), server.stop()]);
    const seen = recorder.stop();

    await test.step('logs', () => {
      const logs = [server.log, ...dirs.flatMap((dir) => logsIn(dir))];
      for (const log of logs) {
        const text = fs.readFileSync(log, 'utf8');
        expect
          .soft(findPlaintext([text], [...unique, ...hidden, ...DESCRIPTION_MARKERS], 1), log)
          .toEqual([]);
        // Proves that trace level was on, for other crates too.
        if (!/(browser|page)\.log$/.test(log)) expect.soft(text, log).toContain('tungstenite::');
      }
      const names = logs.map((log) => path.basename(log));
      for (const name of ['app.log', 'parlour.log']) {
        expect(names.filter((other) => other === name)).toHaveLength(dirs.length);
      }
    });

    await test.step('processes', () => {
      const homes = dirs.map((dir) => `HOME=${dir}/home`);
      const ours = seen.filter(
        ({ pid, env }) => pid === server.pid || homes.some((home) => env.includes(home)),
      );
      expect(ours.length, 'the recorder saw processes').toBeGreaterThan(10);
      const startedWithLink = seen.find((process) => process.pid === pid && process.args.includes(invite));
      expect(startedWithLink, 'the process that was started with the link').toBeTruthy();
      // That process has the link, and so have forks of it that have not yet called exec.
      const withoutLink = (/** @type {typeof seen} */ list) =>
        list.filter(({ args }) => args.join() !== startedWithLink?.args.join());
      const texts = (/** @type {typeof seen} */ list) =>
        new Set(list.flatMap(({ args, env }) => [...args, ...env]));
      expect(findPlaintext(texts(withoutLink(seen)), unique, 1)).toEqual([]);
      expect(findPlaintext(startedWithLink?.env ?? [], unique, 1)).toEqual([]);
      expect(findPlaintext(texts(withoutLink(ours)), [...DESCRIPTION_MARKERS, ...hidden], 1)).toEqual([]);
    });
  } finally {
    recorder.stop();
    await server.stop();
  }
});

/** @param {string} dir of an instance */
const logsIn = (dir) =>
  fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log') && !/(^|\/)browser\//.test(name))
    .map((name) => path.join(dir, name));
