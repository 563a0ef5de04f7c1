import fs from 'node:fs';
import { hostRoom } from './harness/steps.mjs';
import { ProcessRecorder } from './harness/processes.mjs';
import { expect, test } from './harness/fixtures.mjs';

test('no process has a token or a room secret among its arguments', async ({ startApp }) => {
  const recorder = new ProcessRecorder();
  try {
    const anna = await startApp({ profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    const ben = await startApp({ profile: 'ben', link: invite });
    const b = await ben.callPage();
    await b.enter('Ben');
    await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
    // A second browser of the same session: every token ever made is searched for.
    await b.page.close();
    await ben.window.waitForText('You are not in the call.');
    await ben.window.click('button', 'Show call');
    const reopened = await ben.callPage();
    await reopened.waitForMedia(1, 5);

    const redirects = [...anna.redirectFiles(), ...ben.redirectFiles()];
    expect(redirects.length).toBeGreaterThanOrEqual(3);
    const tokens = redirects.map((file) => {
      expect(fs.statSync(file).mode & 0o777, `the mode of ${file}`).toBe(0o600);
      const token = /http:\/\/127\.0\.0\.1:\d+\/#([\w-]{40,})/.exec(fs.readFileSync(file, 'utf8'))?.[1];
      expect(token, `the token in ${file}`).toBeTruthy();
      return String(token);
    });
    expect(new Set(tokens).size, 'every token is new').toBe(tokens.length);
    const sessions = await Promise.all(
      [a, reopened].map(async ({ page }) => {
        expect(await page.context().cookies()).toEqual([]);
        return page.evaluate(() => String(sessionStorage.getItem('parlour.session')));
      }),
    );
    for (const session of sessions) expect(session).toMatch(/^[0-9a-f]{64}$/);
    const secret = String(invite.split('/').at(-1));
    const app = ben.pid();

    const seen = recorder.stop();
    const holders = (/** @type {string} */ text) => seen.filter(({ args }) => args.join('\n').includes(text));
    expect(seen.length, 'the recorder saw processes').toBeGreaterThan(10);
    expect(holders(`--profile\n${ben.dir}`).length, 'the recorder saw the app').toBeGreaterThan(0);
    for (const text of [...tokens, ...sessions]) expect(holders(text)).toEqual([]);
    // Only the app that was started with the link has it, and forks of it that have not yet called exec.
    const appArguments = seen.find(({ pid }) => pid === app)?.args;
    expect(appArguments).toContain(invite);
    for (const holder of holders(secret)) expect(holder.args).toEqual(appArguments);
    for (const page of [a, reopened]) expect(page.page.url()).not.toContain('#');
  } finally {
    recorder.stop();
  }
});
