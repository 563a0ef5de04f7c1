/** Two `App`s in one page, joined by their backends: from the lobby to the picture and back. */
import { expect, test } from './test';

test('a call has a lobby, Enter, video and audio, mute, camera off and on', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const { here: newcomer, there: member } = await lab.call();
    await lab.until(() => member.call().atTheDoor.length === 1 && newcomer.call().participants.length === 1);
    await lab.until(() => newcomer.call().media.stream);
    const inLobby = {
      state: newcomer.call().participants[0]?.linkState,
      // The tracks are there for the view that stands ready; nothing comes in over them.
      tracks: newcomer
        .call()
        .participants[0]?.stream?.getTracks()
        .map(({ kind, muted }) => `${kind} ${muted}`),
    };
    await lab.until(() => newcomer.signaled() && member.signaled());
    await newcomer.call().enter('Mei');
    const [ada] = newcomer.call().participants;
    await lab.until(() => member.call().participants.length === 1);
    const [mei] = member.call().participants;
    if (!ada || !mei) throw new Error('nobody there');
    await lab.until(() => ada.linkState === 'connected' && mei.linkState === 'connected');
    const { stream } = mei;
    lab.show(ada);
    lab.show(mei);
    await lab.until(() => performance.getEntriesByName('first-remote-frame').length === 2);
    await lab.until(() => ada.speaking || mei.speaking);
    newcomer.call().media.toggleMicrophone?.();
    newcomer.call().media.toggleCamera?.();
    await lab.until(() => !mei.micOn && !mei.cameraOn);
    await lab.until(() => !mei.speaking);
    newcomer.call().media.toggleMicrophone?.();
    newcomer.call().media.toggleCamera?.();
    await lab.until(() => mei.micOn && mei.cameraOn && mei.speaking);
    const measured = await window.__parlour?.participants();
    return {
      inLobby,
      measured,
      marks: performance.getEntriesByType('mark').map(({ name }) => name),
      same: stream === mei.stream,
      problems: [...newcomer.call().problems, ...member.call().problems],
    };
  });
  expect(seen.inLobby).toEqual({ state: 'connecting', tracks: ['audio true', 'video true'] });
  expect(seen.marks).toEqual(['enter-clicked', 'first-remote-frame', 'first-remote-frame']);
  expect(seen.measured).toMatchObject([
    { name: 'Ada', state: 'connected', stats: { path: { protocol: 'udp' } } },
  ]);
  expect(seen.same).toBe(true);
  expect(seen.problems).toEqual([]);
});

test('a reload during the call makes another session without a lobby, and the picture comes back', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const { here, there } = await lab.call();
    await here.call().enter('Mei');
    await lab.until(() => there.call().participants[0]?.linkState === 'connected');
    const again = await lab.reload(here);
    await lab.until(() => there.call().participants[0]?.id === again.id);
    const [ada] = again.call().participants;
    const [mei] = there.call().participants;
    if (!ada || !mei) throw new Error('nobody there');
    await lab.until(() => ada.linkState === 'connected' && mei.linkState === 'connected');
    lab.show(ada);
    lab.show(mei);
    await lab.until(() => performance.getEntriesByName('first-remote-frame').length === 2);
    const closed = here.connections.map(({ connectionState }) => connectionState);
    again.app.stop();
    there.app.stop();
    const all = [...again.connections, ...there.connections];
    return {
      closed,
      entered: again.backend.calls.some(({ name }) => name === 'enter'),
      left: all.map(({ connectionState }) => connectionState),
      tracks: again.tracks.concat(there.tracks, here.tracks).map(({ readyState }) => readyState),
    };
  });
  expect(seen.closed).toEqual(['closed']);
  expect(seen.entered).toBe(false);
  expect(new Set(seen.left)).toEqual(new Set(['closed']));
  expect(new Set(seen.tracks)).toEqual(new Set(['ended']));
});

test('an invalid signal of a peer becomes a problem of the call', async ({ page }) => {
  const problems = await page.evaluate(async () => {
    const { lab } = window;
    const { here, there } = await lab.call();
    await here.call().enter('Mei');
    await lab.until(() => here.call().participants[0]?.linkState === 'connected');
    const from = there.id;
    const to = here.id;
    here.backend.pushSignal({
      from,
      to,
      signal: { link: 1, round: 9, description: { type: 'pranswer', sdp: '' } },
    });
    here.backend.pushSignal({ from, to, signal: 'garbage' });
    return here.call().problems.map(({ code, peer }) => [code, peer === from]);
  });
  expect(problems).toEqual([
    ['description_unknown', true],
    ['signal_invalid', true],
  ]);
});
