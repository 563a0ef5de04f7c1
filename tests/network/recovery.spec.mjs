import { sleep } from '../e2e/harness/wait.mjs';
import { extendTimeout, measureRecovery } from './disturbance.mjs';
import { startCall } from './steps.mjs';
import { test } from './fixtures.mjs';

test.beforeEach(extendTimeout);

for (const { seconds, limit } of [
  { seconds: 10, limit: { sound: 1_000, picture: 3_000 } },
  { seconds: 30, limit: { sound: 2_000, picture: 4_000 } },
]) {
  test(`a call recovers from a cut of ${seconds} s that the machine notices`, async ({
    internet,
    coturn,
    startServer,
    startAppOn,
  }) => {
    await startServer([coturn.stun, coturn.udp]);
    const machine = internet.addHost('anna', internet.addHome('cone'));
    const anna = await startAppOn('anna', machine);
    const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
    await measureRecovery(`cut of ${seconds} s`, await startCall(anna, ben), limit, async () => {
      machine.setInterfaceDown();
      await sleep(seconds * 1_000);
      machine.setInterfaceUp();
      return Date.now();
    });
  });

  test(`a call recovers from a cut of ${seconds} s that the machine does not notice`, async ({
    internet,
    coturn,
    startServer,
    startAppOn,
  }) => {
    await startServer([coturn.stun, coturn.udp]);
    const home = internet.addHome('cone');
    const anna = await startAppOn('anna', internet.addHost('anna', home));
    const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
    await measureRecovery(
      `cut of ${seconds} s somewhere on the way`,
      await startCall(anna, ben),
      limit,
      async () => {
        home.dropPackets(100);
        await sleep(seconds * 1_000);
        const since = Date.now();
        home.stopDropping();
        return since;
      },
    );
  });
}

for (const { name, nat, gapMs } of /** @type {const} */ ([
  { name: 'change of network', nat: 'cone', gapMs: 0 },
  { name: 'change of network, 5 s between', nat: 'cone', gapMs: 5_000 },
  { name: 'change of network, relayed', nat: 'symmetric', gapMs: 0 },
])) {
  test(`a call recovers from a ${name}`, async ({ internet, coturn, startServer, startAppOn }) => {
    await startServer([coturn.stun, coturn.udp]);
    const machine = internet.addHost('anna', internet.addHome(nat));
    let otherInterface = machine.addInterface(internet.addHome(nat));
    const anna = await startAppOn('anna', machine);
    const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome(nat)));
    await measureRecovery(name, await startCall(anna, ben), { sound: 2_000, picture: 2_500 }, async () => {
      if (gapMs) machine.setInterfaceDown();
      await sleep(gapMs);
      otherInterface = machine.switchTo(otherInterface);
      return Date.now();
    });
  });
}
