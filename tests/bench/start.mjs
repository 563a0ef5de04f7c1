import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { appEnvironment } from '../e2e/harness/app-instance.mjs';
import { AppWindow } from '../e2e/harness/app-window.mjs';
import { kill, processesUsing } from '../e2e/harness/processes.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';

/**
 * Starts a program, and returns the milliseconds from then until its page marks `home`: *Start a room* is there.
 *
 * @param {string} binary
 * @param {string[]} args
 */
export async function measureStart(binary, args) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-bench-start-'));
  fs.mkdirSync(path.join(dir, 'home'));
  // The driver starts this script, which notes the time and becomes the program.
  const script = path.join(dir, 'start.sh');
  const noted = path.join(dir, 'started');
  fs.writeFileSync(script, `#!/bin/sh\ndate +%s%N > '${noted}'\nexec '${binary}' "$@"\n`, { mode: 0o700 });
  /** @type {AppWindow | undefined} */
  let window;
  try {
    window = await AppWindow.open({
      binary: script,
      args: args.map((argument) => argument.replace('{dir}', dir)),
      env: appEnvironment(dir),
      log: path.join(dir, 'app.log'),
    });
    const marked = await waitFor('the page marks its start', () =>
      window?.execute(
        'const [mark] = performance.getEntriesByName("home"); return mark && performance.timeOrigin + mark.startTime;',
      ),
    );
    return Number(marked) - Number(fs.readFileSync(noted, 'utf8')) / 1e6;
  } finally {
    await window?.stop();
    for (const { pid } of processesUsing(dir)) kill(pid, 'SIGKILL');
    await waitFor('the processes exit', () => processesUsing(dir).length === 0);
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
