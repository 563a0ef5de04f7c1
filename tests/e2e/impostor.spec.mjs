import fs from 'node:fs';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { expect, test } from './harness/fixtures.mjs';
import { kill } from './harness/processes.mjs';
import { hostRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

/** A stranger's answer to the page's first frame. */
const ANSWERS = {
  view: { event: 'view', payload: { revision: 999, room: null, notices: [] } },
  proof: { nonce: '1'.repeat(64), proof: '2'.repeat(64) },
};

/**
 * @param {number} port
 * @returns {Promise<WebSocketServer | false>} false while the port is taken
 */
const listen = (port) =>
  new Promise((done) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port });
    server.once('listening', () => done(server)).once('error', () => done(false));
  });

for (const [name, answer] of Object.entries(ANSWERS)) {
  test(`who listens where the app was, and answers with a ${name}, gets a random number alone`, async ({
    startApp,
  }) => {
    const anna = await startApp({ profile: 'anna', isHeadless: false });
    const page = await hostRoom(anna, 'Anna');
    const port = Number(fs.readFileSync(path.join(anna.dir, 'profile/loopback-port'), 'utf8'));
    kill(anna.pid(), 'SIGKILL');
    const server = await waitFor('the port is free', () => listen(port));
    /** @type {string[]} */
    const frames = [];
    /** @type {Promise<number>} */
    const closed = new Promise((done) => {
      server.on('connection', (socket) => {
        socket.on('message', (data) => {
          frames.push(String(data));
          socket.send(JSON.stringify(answer));
        });
        socket.on('close', done);
      });
    });
    try {
      await closed;
      await page.disconnect();
      await waitFor('the window of the call closes', () => anna.browserPids().length === 0);
      expect(frames.map((frame) => JSON.parse(frame))).toEqual([
        { secret: 'session', nonce: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ]);
    } finally {
      server.close();
    }
  });
}
