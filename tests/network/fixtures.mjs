import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base } from '../e2e/harness/fixtures.mjs';
import { Server } from '../e2e/harness/parlour-server.mjs';
import { drawFilm } from './camera-video.mjs';
import { Internet } from './lab/internet.mjs';
import { Turn, trust } from './lab/coturn.mjs';

export { expect } from '../e2e/harness/fixtures.mjs';

/** @typedef {import('../e2e/harness/app-instance.mjs').Parlour} Parlour */
/** @typedef {import('./lab/host.mjs').Host} Host */

/** Of the signaling server. */
export const PORT = 8787;

/**
 * A small internet with a real coturn. `serve` starts the signaling server, naming these STUN and TURN servers; it
 * may listen elsewhere, behind another.
 * `person` gives an instance on that machine; unless there is no server, it starts its rooms there.
 *
 * @typedef {{
 *   internet: Internet,
 *   turn: Turn,
 *   serve: (ice?: string[], listen?: string) => Promise<Server>,
 *   person: (profile: string, machine: Host, options?: { alone?: boolean }) => Promise<Parlour>,
 * }} Fixtures
 */

/** @type {ReturnType<typeof base.extend<Fixtures>>} */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern.
  internet: async ({}, use) => {
    const internet = new Internet();
    try {
      await use(internet);
    } finally {
      internet.remove();
    }
  },
  turn: async ({ internet }, use, info) => {
    const folder = info.outputPath('turn');
    fs.mkdirSync(folder, { recursive: true });
    const turn = await Turn.start(internet.server, folder);
    await use(turn);
    turn.end();
  },
  serve: async ({ internet, turn }, use, info) => {
    /** @type {Server[]} */
    const running = [];
    await use(async (ice = [], listen = `${internet.server.address}:${PORT}`) => {
      const server = await Server.start({
        log: info.outputPath('parlour-server.log'),
        listen,
        args: [
          ...ice.flatMap((url) => [url.startsWith('stun') ? '--stun' : '--turn', url]),
          ...(ice.some((url) => url.startsWith('turn')) ? ['--turn-secret-file', turn.secretFile] : []),
        ],
        machine: internet.server,
      });
      running.push(server);
      return server;
    });
    await Promise.all(running.map((server) => server.end()));
  },
  person: async ({ internet, turn, start }, use, info) => {
    /** @type {Parlour[]} */
    const running = [];
    const film = info.outputPath('film.y4m');
    drawFilm(film);
    await use(async (profile, machine, { alone = false } = {}) => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${profile}-`));
      const name = profile.replace(/^./, (first) => first.toUpperCase());
      const address = `ws+${internet.server.address}:${PORT}`;
      const settings = { name, ...(alone ? {} : { hosting: { kind: 'server', address } }) };
      fs.mkdirSync(path.join(dir, 'profile'));
      fs.writeFileSync(path.join(dir, 'profile/settings.json'), JSON.stringify(settings), { mode: 0o600 });
      trust(path.join(dir, 'home'), turn.authority);
      const parlour = await start({ profile, dir, machine, film, env: { PARLOUR_LOG: 'debug' } });
      running.push(parlour);
      return parlour;
    });
    for (const { profile, dir } of running) {
      fs.copyFileSync(path.join(dir, 'app.log'), info.outputPath(`${profile}.log`));
    }
  },
});
