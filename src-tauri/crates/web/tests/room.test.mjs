/**
 * The core of a guest's page as the page uses it, against a real `parlour-server`. The environment names both: `CORE`, the
 * module with the bindings for Node, and `SERVER`, the program. Node 20 needs `--experimental-websocket`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const core = createRequire(import.meta.url)(process.env.CORE);

/** Only a failing test waits so long. */
const TIMEOUT_MS = 30_000;

/** A server, on a free port or on this one. */
async function serve(t, port = 0) {
  const server = spawn(process.env.SERVER, ['--listen', `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => server.kill('SIGKILL'));
  const [line] = await once(createInterface(server.stdout), 'line');
  const bound = Number(/:(\d+)$/.exec(line)?.[1]);
  return { port: bound, stop: async (signal) => (server.kill(signal), once(server, 'exit')) };
}

class Guest {
  #events = [];
  #wake = () => {};

  constructor(t, invite, name) {
    const config = { invite, name, previous_peer_id: null, access_token: null, permits: [] };
    this.core = new core.RoomCore(config, (events) => {
      this.#events.push(...events);
      this.#wake();
    });
    t.after(() => this.core.leave());
  }

  get id() {
    return this.core.peerId;
  }

  /** The next event that fits; those before it are dropped. */
  async next(fits) {
    const end = Date.now() + TIMEOUT_MS;
    for (;;) {
      while (this.#events.length > 0) {
        const event = this.#events.shift();
        if (fits(event)) return event;
      }
      assert.ok(Date.now() < end, 'no such event');
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
  }

  kind(kind) {
    return this.next((event) => event.kind === kind);
  }
}

async function twoGuests(t) {
  const server = await serve(t);
  const { link } = core.newInvite(`ws://127.0.0.1:${server.port}`);
  const mei = new Guest(t, link, 'Mei');
  await mei.kind('joined');
  const tom = new Guest(t, link, 'Tom');
  const { members } = await tom.kind('joined');
  return { server, link, mei, tom, members };
}

test('two guests see each other, and talk', async (t) => {
  const { mei, tom, members } = await twoGuests(t);
  assert.deepEqual(
    members.map(({ id, name, guest, role }) => ({ id, name, guest, role })),
    [{ id: mei.id, name: 'Mei', guest: true, role: 'offerer' }],
  );
  const { member } = await mei.kind('peer_joined');
  assert.equal(member.id, tom.id);
  assert.equal(member.safety_binding, members[0].safety_binding);
  await tom.core.enter('Tomás');
  assert.deepEqual(await mei.kind('peer_entered'), { kind: 'peer_entered', peer: tom.id, name: 'Tomás' });

  await tom.core.sendSignal(mei.id, { offer: '🙂', n: [1, null] });
  assert.deepEqual(await mei.kind('signal'), { kind: 'signal', from: tom.id, signal: { offer: '🙂', n: [1, null] } });
  // Over the data channel, and then by the server too: the second copy is not taken.
  const sealed = await mei.core.sealSignal(tom.id, { answer: 1 });
  assert.deepEqual(await tom.core.openSignal(mei.id, sealed.envelope), { signal: { answer: 1 } });
  await mei.core.sendSignal(tom.id, { answer: 1 }, sealed.number);
  await mei.core.sendSignal(tom.id, { answer: 2 });
  assert.deepEqual((await tom.kind('signal')).signal, { answer: 2 });

  await tom.core.leave();
  assert.deepEqual(await mei.kind('peer_left'), { kind: 'peer_left', peer: tom.id });
});

test('a server that is killed and comes back costs nothing', async (t) => {
  const { server, mei, tom } = await twoGuests(t);
  await mei.kind('peer_joined');
  await tom.core.enter('Tom');
  await mei.kind('peer_entered');
  await server.stop('SIGKILL');
  await mei.kind('reconnecting');
  await tom.kind('reconnecting');
  // It waits until there is a server again.
  await tom.core.sendSignal(mei.id, { n: 1 });
  await serve(t, server.port);
  await mei.kind('joined');
  const { members } = await tom.kind('joined');
  assert.equal(members[0].id, mei.id);
  assert.deepEqual((await mei.kind('signal')).signal, { n: 1 });
});

test('a change of the network is survived at once', async (t) => {
  const { mei, tom } = await twoGuests(t);
  mei.core.reconnectNow();
  await tom.core.sendSignal(mei.id, { n: 1 });
  assert.deepEqual((await mei.kind('signal')).signal, { n: 1 });
});

test('calls fail with codes', async (t) => {
  const code = async (call) => {
    const error = await Promise.resolve().then(call).then(() => null, (error) => error);
    assert.equal(typeof error?.message, 'string');
    return error.code;
  };
  assert.equal(await code(() => core.parseInvite('hello')), 'invite_not_a_link');
  assert.equal(await code(() => core.newInvite('a b')), 'settings_invalid');
  const { link } = core.newInvite('ws://127.0.0.1:9');
  const mei = new Guest(t, link, 'Mei');
  assert.equal(await code(() => mei.core.sendSignal('nobody', 1)), 'unknown_peer');
  assert.equal(await code(() => mei.core.openSignal('A'.repeat(22), 'x')), 'unknown_peer');
  assert.equal((await mei.kind('failed')).code, 'server_unreachable');
  assert.equal(await code(() => mei.core.enter('Mei')), 'not_in_room');
});

test('names and servers are read as in the app', () => {
  const [mei, cyrillic, tom] = ['Mei', 'mеi', 'Tom'].map((name) => new Set(core.nameLooks(name)));
  assert.ok([...cyrillic].some((look) => mei.has(look)));
  assert.ok(![...tom].some((look) => mei.has(look)));
  const stun = { urls: ['stun:stun.example.org'] };
  assert.deepEqual(core.readIceServers([stun, { urls: ['http:x'] }, 7]), [stun]);
  assert.deepEqual(core.readIceServers(undefined), []);
});
