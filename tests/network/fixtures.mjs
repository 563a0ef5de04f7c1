import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { capitalized, test as base, writeSettings } from '../e2e/harness/fixtures.mjs';
import { ParlourServer } from '../e2e/harness/parlour-server.mjs';
import { writeCameraVideo } from './camera-video.mjs';
import { Coturn, trustAuthority } from './lab/coturn.mjs';
import { Internet } from './lab/internet.mjs';
import { NostrRelay } from './lab/nostr-relay.mjs';
import { StunServer } from './lab/stun-server.mjs';

export { expect } from '../e2e/harness/fixtures.mjs';

/** @typedef {import('../e2e/harness/app-instance.mjs').AppInstance} AppInstance */
/** @typedef {import('./lab/host.mjs').Host} Host */

/** The port of parlour-server. */
export const SERVER_PORT = 8787;

/**
 * `internet` is a small internet of network namespaces, `coturn` a real coturn on its server, `relays` three Nostr
 * relays on machines of their own, each `relayDelayMs` away. `startServer` starts parlour-server there, with these STUN and
 * TURN URLs; it may listen on another address, behind a proxy.
 * `stun` answers STUN requests there, where no coturn may be. `startRelayedApp` starts an instance that reaches anywhere,
 * by those relays and that STUN server alone.
 * `startAppOn` starts an instance on that machine; its rooms are hosted by that server, or by the instance itself.
 * A router that a person has set up passes the app's port on at `forwardedAddress`.
 *
 * @typedef {{
 *   hostsOwnRooms?: boolean,
 *   reach?: 'lan' | 'open' | 'anywhere',
 *   settings?: object,
 *   forwardedAddress?: string,
 *   env?: Record<string, string>,
 * }} AppOptions
 * @typedef {{
 *   internet: Internet,
 *   coturn: Coturn,
 *   relayDelayMs: number,
 *   relays: NostrRelay[],
 *   stun: StunServer,
 *   startRelayedApp: (profile: string, machine: Host) => Promise<AppInstance>,
 *   startServer: (iceUrls?: string[], listen?: string) => Promise<ParlourServer>,
 *   startAppOn: (profile: string, machine: Host, options?: AppOptions) => Promise<AppInstance>,
 * }} Fixtures
 */

/** @type {ReturnType<typeof base.extend<Fixtures>>} */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of needed fixtures from the pattern.
  internet: async ({}, use) => {
    const internet = new Internet();
    try {
      await use(internet);
    } finally {
      internet.remove();
    }
  },
  coturn: async ({ internet }, use, info) => {
    const folder = info.outputPath('turn');
    fs.mkdirSync(folder, { recursive: true });
    const coturn = await Coturn.start(internet.server, folder);
    internet.authority = coturn.authority;
    await use(coturn);
    coturn.stop();
  },
  relayDelayMs: [0, { option: true }],
  relays: async ({ internet, relayDelayMs }, use, info) => {
    const relays = await Promise.all(
      ['relay1', 'relay2', 'relay3'].map((name) =>
        NostrRelay.start(internet.addHost(name), info.outputPath(name), relayDelayMs),
      ),
    );
    await use(relays);
    for (const relay of relays) relay.stop();
  },
  stun: async ({ internet }, use) => {
    const stun = await StunServer.start(internet.addHost('stun'));
    await use(stun);
    stun.stop();
  },
  startRelayedApp: async ({ relays, stun, startAppOn }, use) => {
    await use((profile, machine) => {
      const settings = { relays: relays.map(({ address }) => address), ice_servers: [{ urls: [stun.url] }] };
      return startAppOn(profile, machine, { hostsOwnRooms: true, reach: 'anywhere', settings });
    });
  },
  startServer: async ({ internet, coturn }, use, info) => {
    /** @type {ParlourServer[]} */
    const servers = [];
    await use(async (iceUrls = [], listen = `${internet.server.address}:${SERVER_PORT}`) => {
      const usesTurn = iceUrls.some((url) => url.startsWith('turn'));
      const server = await ParlourServer.start({
        log: info.outputPath('parlour-server.log'),
        listen,
        args: [
          ...iceUrls.flatMap((url) => [url.startsWith('stun') ? '--stun' : '--turn', url]),
          ...(usesTurn ? ['--turn-secret-file', coturn.secretFile] : []),
        ],
        machine: internet.server,
      });
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.stop()));
  },
  startAppOn: async ({ internet, startApp }, use, info) => {
    /** @type {AppInstance[]} */
    const instances = [];
    const cameraVideo = info.outputPath('camera.y4m');
    writeCameraVideo(cameraVideo);
    await use(async (profile, machine, options = {}) => {
      const { hostsOwnRooms = false, forwardedAddress, settings } = options;
      const { reach = forwardedAddress ? 'open' : 'lan' } = options;
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), `parlour-${profile}-`));
      const address = `ws+${internet.server.address}:${SERVER_PORT}`;
      const hosting = hostsOwnRooms ? {} : { hosting: { kind: 'server', address } };
      // No public STUN server is asked.
      writeSettings(dir, { name: capitalized(profile), stun_servers: [], ...hosting, ...settings });
      if (internet.authority) trustAuthority(path.join(dir, 'home'), internet.authority);
      const env = { PARLOUR_LOG: 'debug', ...options.env };
      const instance = await startApp({ profile, dir, machine, cameraVideo, env, reach, forwardedAddress });
      instances.push(instance);
      return instance;
    });
    for (const { profile, dir } of instances) {
      for (const kind of ['app', 'page']) {
        const log = path.join(dir, `${kind}.log`);
        if (fs.existsSync(log)) fs.copyFileSync(log, info.outputPath(`${profile}-${kind}.log`));
      }
    }
  },
});
