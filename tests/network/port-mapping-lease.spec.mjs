import { sleep, waitFor } from '../e2e/harness/wait.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { OpenPorts, ask } from './lab/open-ports.mjs';
import { expect, test } from './fixtures.mjs';

const PORT = 18_420;

test('a mapping that the router loses silently is made again at the next renewal', async ({
  internet,
  coturn,
}, info) => {
  const router = internet.addHome('cone');
  const anna = internet.addHost('anna', router);
  const answers = () => ask(internet.server, 'tcp', router.publicAddress, PORT) === 'tcp';
  const options = { leaseSeconds: 16 };
  const daemon = await new Miniupnpd(router, info.outputPath('router'), ['pcp'], options).start();
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Mapped/);
  daemon.forget();
  expect(answers()).toBe(false);
  await waitFor('the port is open again', answers, 20_000);
  // Renewed, the mapping outlives its first lease.
  await sleep(17_000);
  expect(answers()).toBe(true);
  ports.kill();
  await waitFor('what a crash left behind expires', () => !daemon.rules().includes(`${PORT}`), 25_000);
});
