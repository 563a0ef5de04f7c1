import { guest, openHost } from './member-turn.mjs';
import { joinAndEnter, waitForBothMedia } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test('a guest whose network blocks UDP is relayed by the open host over TCP', async ({
  internet,
  startAppOn,
}) => {
  const { page, invite } = await openHost(internet, startAppOn);
  const ben = await joinAndEnter(await guest(internet, startAppOn, 'ben', 'no_udp'), invite, 'Ben');
  await waitForBothMedia(page, ben);
  expect(await ben.linkStats()).toMatchObject([{ candidatePair: 'relay/relay', relayProtocol: 'tcp' }]);
});

test('two people behind symmetric NATs are relayed by the third, who is open', async ({
  internet,
  startAppOn,
}) => {
  const { page, invite } = await openHost(internet, startAppOn);
  const ben = await joinAndEnter(await guest(internet, startAppOn, 'ben', 'symmetric'), invite, 'Ben');
  const cleo = await joinAndEnter(await guest(internet, startAppOn, 'cleo', 'symmetric'), invite, 'Cleo');
  await Promise.all([page, ben, cleo].map((one) => one.waitForMedia(2, 45)));
  for (const one of [ben, cleo]) {
    const relayed = { candidatePair: 'relay/relay' };
    expect(await one.linkStats()).toMatchObject([relayed, relayed]);
  }
});
