import fs from 'node:fs';
import { hostRoom } from './harness/steps.mjs';
import { ArgumentWatch } from './harness/processes.mjs';
import { expect, test } from './harness/fixtures.mjs';

test('no process has a token or a room secret among its arguments', async ({ start }) => {
  const watch = new ArgumentWatch();
  try {
    const anna = await start({ profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    const ben = await start({ profile: 'ben', link: invite });
    const b = await ben.page();
    await b.enter('Ben');
    await Promise.all([a.media(1, 5), b.media(1, 5)]);
    // A second browser of the same session: every token that was ever made counts.
    await b.page.close();
    await ben.window.reads('You are not in the call.');
    await ben.window.click('button', 'Show call');
    const again = await ben.page();
    await again.media(1, 5);

    const redirects = [...anna.redirects(), ...ben.redirects()];
    expect(redirects.length).toBeGreaterThanOrEqual(3);
    const tokens = redirects.map((file) => {
      expect(fs.statSync(file).mode & 0o777, `the mode of ${file}`).toBe(0o600);
      const token = /http:\/\/127\.0\.0\.1:\d+\/#([\w-]{40,})/.exec(fs.readFileSync(file, 'utf8'))?.[1];
      expect(token, `the token in ${file}`).toBeTruthy();
      return String(token);
    });
    expect(new Set(tokens).size, 'every token is new').toBe(tokens.length);
    const cookies = (await Promise.all([a, again].map(({ page }) => page.context().cookies()))).flat();
    expect(cookies.length).toBeGreaterThanOrEqual(2);
    for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const secret = String(invite.split('/').at(-1));
    const app = ben.pid();

    const seen = watch.end();
    const holders = (/** @type {string} */ text) => seen.filter(({ args }) => args.join('\n').includes(text));
    expect(seen.length, 'the watch saw processes').toBeGreaterThan(10);
    expect(holders(`--profile\n${ben.dir}`).length, 'the watch saw the app').toBeGreaterThan(0);
    for (const token of [...tokens, ...cookies.map(({ value }) => value)]) expect(holders(token)).toEqual([]);
    // The app that was given the link; and what it has just forked, which is about to become something else.
    const given = seen.find(({ pid }) => pid === app)?.args;
    expect(given).toContain(invite);
    for (const holder of holders(secret)) expect(holder.args).toEqual(given);
    for (const page of [a, again]) expect(page.page.url()).not.toContain('#');
  } finally {
    watch.end();
  }
});
