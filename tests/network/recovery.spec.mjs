import { pause } from '../e2e/harness/wait.mjs';
import { patient, recover } from './disturbance.mjs';
import { call } from './steps.mjs';
import { test } from './fixtures.mjs';

test.beforeEach(patient);

for (const { seconds, limit } of [
  { seconds: 10, limit: { sound: 1_000, picture: 3_000 } },
  { seconds: 30, limit: { sound: 2_000, picture: 4_000 } },
]) {
  test(`a cut of ${seconds} s, seen`, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const machine = internet.host('anna', internet.home('cone'));
    const anna = await person('anna', machine);
    const ben = await person('ben', internet.host('ben', internet.home('cone')));
    await recover(`cut of ${seconds} s`, await call(anna, ben), limit, async () => {
      machine.cut();
      await pause(seconds * 1_000);
      machine.heal();
      return Date.now();
    });
  });

  test(`a cut of ${seconds} s, unseen`, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const home = internet.home('cone');
    const anna = await person('anna', internet.host('anna', home));
    const ben = await person('ben', internet.host('ben', internet.home('cone')));
    await recover(`cut of ${seconds} s somewhere on the way`, await call(anna, ben), limit, async () => {
      home.lose(100);
      await pause(seconds * 1_000);
      const since = Date.now();
      home.pass();
      return since;
    });
  });
}

for (const { name, nat, gap } of /** @type {const} */ ([
  { name: 'change of network', nat: 'cone', gap: 0 },
  { name: 'change of network, 5 s between', nat: 'cone', gap: 5_000 },
  { name: 'change of network, relayed', nat: 'symmetric', gap: 0 },
])) {
  test(name, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const machine = internet.host('anna', internet.home(nat));
    let elsewhere = machine.also(internet.home(nat));
    const anna = await person('anna', machine);
    const ben = await person('ben', internet.host('ben', internet.home(nat)));
    await recover(name, await call(anna, ben), { sound: 2_000, picture: 2_500 }, async () => {
      if (gap) machine.cut();
      await pause(gap);
      elsewhere = machine.move(elsewhere);
      return Date.now();
    });
  });
}
