import { kill } from './harness/processes.mjs';
import { hostRoom } from './harness/steps.mjs';
import { test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';

test('an app that is killed leaves no browser behind', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  kill(anna.pid(), 'SIGKILL');
  await page.disconnect();
  const browser = `--user-data-dir=${anna.dir}`;
  await until('its browser ends by itself', () =>
    anna.processes().every(({ args }) => args.every((arg) => !arg.startsWith(browser))),
  );
});
