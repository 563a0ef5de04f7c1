import { kill } from './parlour/processes.mjs';
import { hostRoom } from './parlour/steps.mjs';
import { test } from './parlour/test.mjs';
import { until } from './parlour/until.mjs';

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
