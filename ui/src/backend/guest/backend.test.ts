import { describe, expect, it, vi } from 'vitest';
import type { AppView, SignalEvent } from '../generated';
import { GuestBackend } from './backend';
import { publicStunServers } from './ice-servers';
import { aMember, FakeCore, FakeNetworkCheck, FakePage, joined } from './testing';

const CODE = 'AQABAgMEBQYHCAkKCwwNDg8AAA';
const FRAGMENT = `join/parlour.example.org/${CODE}`;
const LINK = `parlour://${FRAGMENT}`;
const OTHER = 'join/other.example.org/BQABAgMEBQYHCAkKCwwNDg8AAA';

/** A page that has just opened, with everything that it has told its views. */
async function open(page = new FakePage()) {
  const core = new FakeCore();
  const check = new FakeNetworkCheck();
  const backend = new GuestBackend(core, page, check);
  const views: AppView[] = [];
  /** Views and signals in their order. */
  const told: (AppView | SignalEvent)[] = [];
  backend.onView((view) => {
    views.push(view);
    told.push(view);
  });
  backend.onSignal((signal) => told.push(signal));
  views.push(await backend.attach(true));
  const view = (): AppView => {
    return views.reduce((one, other) => (one.revision > other.revision ? one : other));
  };
  return { backend, core, page, check, views, told, view };
}

/** In the lobby of the room, with these others. */
async function inRoom(...members: Parameters<typeof aMember>[0][]) {
  const opened = await open();
  await opened.backend.joinRoom(LINK);
  opened.core.room.emit(joined(members.map((n) => aMember(n))));
  return opened;
}

describe('a guest who opens the page', () => {
  it('sees the start page, without a room to start', async () => {
    const { view } = await open();
    expect(view()).toMatchObject({ room: null, pending: null, engine: { kind: 'window' } });
    expect(view().settings.hosting.kind).toBe('this_computer');
  });

  it('can start a room where the page comes from a Parlour server', async () => {
    const page = new FakePage();
    page.isServers = true;
    const { backend, core, view } = await open(page);
    await vi.waitFor(() =>
      expect(view().settings.hosting).toMatchObject({ address: 'wss+parlour.example.org' }),
    );
    await backend.startRoom();
    expect(core.room.config.invite).toBe(`parlour://join/wss+parlour.example.org/${CODE}`);
    expect(view().room).toMatchObject({ on_own_server: true, phase: { kind: 'lobby' } });
    expect(page.fragment).toBe(`join/wss+parlour.example.org/${CODE}`);
  });

  it('is told when the browser has no WebRTC, and nothing connects', async () => {
    const page = new FakePage();
    page.fragment = FRAGMENT;
    page.hasConsent = true;
    const core = new FakeCore();
    const backend = new GuestBackend(core, page, new FakeNetworkCheck());
    expect((await backend.attach(false)).engine).toEqual({ kind: 'missing' });
    expect(core.rooms).toEqual([]);
    await expect(backend.joinRoom(LINK)).rejects.toMatchObject({ code: 'browser_missing' });
  });
});

describe('an invite in the address', () => {
  it('opens the lobby after *Join in this browser*', async () => {
    const page = new FakePage();
    page.fragment = FRAGMENT;
    page.hasConsent = true;
    const { core, view } = await open(page);
    expect(view().room).toMatchObject({ phase: { kind: 'lobby' }, connection: 'connecting' });
    expect(core.room.config).toMatchObject({ invite: LINK, previous_peer_id: null });
  });

  it('is asked about first when it came in another way, and nothing connects before', async () => {
    const page = new FakePage();
    page.fragment = FRAGMENT;
    const { backend, core, view } = await open(page);
    expect(view().pending).toMatchObject({
      leaves: false,
      places: [{ kind: 'server', host: 'parlour.example.org', encrypted: true }],
    });
    expect(core.rooms).toEqual([]);
    await backend.answerPendingJoin(view().pending?.number ?? 0, 'Mei');
    expect(core.room.config.name).toBe('Mei');
    expect(view()).toMatchObject({ pending: null, room: { name: 'Mei' } });
  });

  it('is forgotten when the person declines', async () => {
    const page = new FakePage();
    page.fragment = FRAGMENT;
    const { backend, core, view } = await open(page);
    await backend.answerPendingJoin(view().pending?.number ?? 0);
    expect(view().pending).toBeNull();
    expect(page.fragment).toBe('');
    expect(core.rooms).toEqual([]);
  });

  it('may be the code alone: the room is on the server of the page', async () => {
    const page = new FakePage();
    page.fragment = CODE;
    page.hasConsent = true;
    const { core } = await open(page);
    expect(core.room.config.invite).toBe(LINK);
  });

  it.each([
    ['join/parlour.example.org/new-and-unknown', 'link_too_new'],
    ['join/parlour.example.org/AQAB', 'link_damaged'],
  ])('that cannot be read is a notice: %s', async (fragment, code) => {
    const page = new FakePage();
    page.fragment = fragment;
    const { backend, view } = await open(page);
    expect(view()).toMatchObject({ pending: null, room: null, notices: [{ code }] });
    expect(page.fragment).toBe('');
    await backend.dismissNotice(view().notices[0]?.id ?? 0);
    expect(view().notices).toEqual([]);
  });

  it.each(['ws+192.168.1.5:18420', '~', 'ws+192.168.1.5:18420,~relay.example.org'])(
    'that no web page reaches fails in words, and nothing is tried: %s',
    async (places) => {
      const page = new FakePage();
      page.fragment = `join/${places}/${CODE}`;
      page.hasConsent = true;
      const { core, view } = await open(page);
      expect(view().room?.phase).toEqual({ kind: 'failed', code: 'only_in_app' });
      expect(core.rooms).toEqual([]);
    },
  );

  it('in the middle of a call is asked about, and leaves the call when it is joined', async () => {
    const { backend, core, page, view } = await inRoom(1);
    await backend.enter('Mei');
    const first = core.room;
    page.fragment = OTHER;
    page.emitters.fragment();
    expect(view().pending).toMatchObject({ leaves: true });
    expect(view().room?.phase.kind).toBe('entered');
    await backend.answerPendingJoin(view().pending?.number ?? 0, 'Mei');
    expect(first.calls.at(-1)?.name).toBe('leave');
    expect(core.room.config.invite).toBe(`parlour://${OTHER}`);
    expect(view().room?.phase.kind).toBe('lobby');
  });

  it('in the middle of a call that is declined gives the address its room back', async () => {
    const { backend, page, view } = await inRoom(1);
    page.fragment = OTHER;
    page.emitters.fragment();
    await backend.answerPendingJoin(view().pending?.number ?? 0);
    expect(page.fragment).toBe(FRAGMENT);
    expect(view().room?.phase.kind).toBe('lobby');
  });
});

describe('a room', () => {
  it('is joined by a pasted link, and the address then has it', async () => {
    const { page, view } = await inRoom(1);
    expect(page.fragment).toBe(FRAGMENT);
    expect(view().room).toMatchObject({
      connection: 'online',
      server: 'parlour.example.org',
      me: 'me-1',
      hosting: false,
      peers: [{ name: 'peer 1' }],
    });
  });

  it('is refused when a text has none, when no page reaches it, and when another is open', async () => {
    const { backend } = await open();
    await expect(backend.joinRoom('hello')).rejects.toMatchObject({ code: 'invite_not_a_link' });
    await expect(backend.joinRoom(`parlour://join/~/${CODE}`)).rejects.toMatchObject({
      code: 'only_in_app',
    });
    await backend.joinRoom(LINK);
    await backend.joinRoom(LINK);
    await expect(backend.joinRoom(`parlour://${OTHER}`)).rejects.toMatchObject({ code: 'already_in_room' });
  });

  it('follows its members, and numbers those with one name', async () => {
    const { core, view } = await inRoom(1, 2);
    core.room.emit(
      { kind: 'peer_joined', member: aMember(3, { name: 'PEER 1', guest: true }) },
      { kind: 'peer_entered', peer: aMember(2).id, name: 'Tom' },
      { kind: 'presence_changed', peer: aMember(1).id, presence: 'away' },
    );
    expect(view().room?.peers).toMatchObject([
      { name: 'peer 1', presence: 'away', guest: false },
      { name: 'Tom', entered: true },
      { name: 'PEER 1 (2)', guest: true },
    ]);
    core.room.emit({ kind: 'peer_left', peer: aMember(1).id });
    expect(view().room?.peers.map(({ name }) => name)).toEqual(['Tom', 'PEER 1 (2)']);
  });

  it('numbers somebody who has our own name', async () => {
    const { backend, core, view } = await inRoom();
    await backend.enter('Mei');
    core.room.emit(joined([aMember(1, { name: 'mei' })]));
    expect(view().room?.peers.map(({ name }) => name)).toEqual(['mei (2)']);
  });

  it('gives a signal to the page after the view that names its sender', async () => {
    const { core, told } = await inRoom();
    told.length = 0;
    core.room.emit(
      { kind: 'peer_joined', member: aMember(1) },
      { kind: 'signal', from: aMember(1).id, signal: { ask: true } },
    );
    expect(told[0]).toMatchObject({ room: { peers: [{ name: 'peer 1' }] } });
    expect(told[1]).toEqual({ from: aMember(1).id, to: 'me-1', signal: { ask: true } });
  });

  it('takes the servers that members offer, and the public ones where the server names none', async () => {
    const { core, view, told } = await inRoom(1);
    expect(view().room?.ice_servers).toEqual([{ urls: publicStunServers }]);
    const turn = { urls: ['turn:turn.example.org'], username: 'a', credential: 'b' };
    core.room.emit({ kind: 'signal', from: aMember(1).id, signal: { ice_servers: [turn] } });
    expect(view().room?.ice_servers).toEqual([turn, { urls: publicStunServers }]);
    expect(told.filter((one) => 'signal' in one)).toEqual([]);
    const stun = { urls: ['stun:stun.example.org'] };
    core.room.emit({ kind: 'ice_servers', ice_servers: [stun] });
    expect(view().room?.ice_servers).toEqual([stun, turn]);
    core.room.emit({ kind: 'peer_left', peer: aMember(1).id });
    expect(view().room?.ice_servers).toEqual([stun]);
  });

  it('passes signals to the core, as the app does', async () => {
    const { backend, core } = await inRoom(1);
    await backend.sendSignal('peer', { ask: true }, 7);
    expect(core.room.calls).toEqual([{ name: 'sendSignal', args: ['peer', { ask: true }, 7] }]);
    const sealed = await backend.sealSignal('peer', { ask: true });
    expect(await backend.openSignal('peer', sealed.envelope)).toEqual({ signal: { ask: true } });
  });

  it('keeps the screen on from *Enter* to *Leave*, and the name for the next visit', async () => {
    const { backend, page, view } = await inRoom();
    await backend.enter('Mei');
    expect(page.isAwake).toBe(true);
    expect(view().room).toMatchObject({ name: 'Mei', phase: { kind: 'entered' } });
    await backend.leave();
    expect(page.isAwake).toBe(false);
    expect((await open(new FakePage(page))).view().settings.name).toBe('Mei');
  });

  it('that was left leaves nothing in the address, and one click leads back', async () => {
    const { backend, core, page, view } = await inRoom();
    core.room.emit(joined([], { permit: 'permit' }));
    await backend.enter('Mei');
    await backend.leave();
    expect(page.fragment).toBe('');
    expect(view()).toMatchObject({ room: null, last_room: 'left' });
    await backend.rejoinRoom();
    expect(core.rooms).toHaveLength(2);
    expect(core.room.config).toMatchObject({
      invite: LINK,
      previous_peer_id: null,
      permits: [{ server: 'parlour.example.org', permit: 'permit' }],
    });
    expect(core.room.calls).toEqual([{ name: 'enter', args: ['Mei'] }]);
    expect(view()).toMatchObject({ last_room: null, room: { phase: { kind: 'entered' } } });
  });

  it('that fails says why, and can be tried again', async () => {
    const { backend, core, view } = await inRoom(1);
    core.room.emit({ kind: 'failed', code: 'room_full' });
    expect(view().room).toMatchObject({ phase: { kind: 'failed', code: 'room_full' }, peers: [] });
    await expect(backend.sendSignal('peer', {})).rejects.toMatchObject({ code: 'not_in_room' });
    await backend.leave();
    await backend.joinRoom(LINK);
    expect(view().room?.phase.kind).toBe('lobby');
  });

  it('that asks for access is not open, for a guest who did not start it', async () => {
    const { core, view } = await inRoom();
    core.room.emit({ kind: 'failed', code: 'access_required' });
    expect(view().room?.phase).toEqual({ kind: 'failed', code: 'room_not_open' });
  });

  it('says who hosts it, and that the host is gone', async () => {
    const { core, view } = await inRoom();
    expect(view().room?.host).toBe('server');
    core.room.emit(joined([], { embedded: true }), { kind: 'reconnecting' }, { kind: 'unreachable' });
    expect(view().room).toMatchObject({ host: 'lost', connection: 'reconnecting' });
    core.room.emit(joined([], { embedded: true }), { kind: 'reconnecting' }, { kind: 'server_ended' });
    expect(view().room?.host).toBe('left');
  });

  it('that is tampered with is a notice, once, until it is left', async () => {
    const { backend, core, view } = await inRoom();
    core.room.emit({ kind: 'tampering' });
    core.room.emit({ kind: 'tampering' });
    expect(view().notices.map(({ code }) => code)).toEqual(['tampering']);
    await backend.leave();
    expect(view().notices).toEqual([]);
  });

  it('is not touched by events of a room that was left', async () => {
    const { backend, core, view } = await inRoom(1);
    const [before] = core.rooms;
    await backend.leave();
    await backend.joinRoom(LINK);
    before?.emit(joined([aMember(9)]));
    expect(view().room).toMatchObject({ connection: 'connecting', peers: [] });
  });
});

describe('a reload', () => {
  it('leads back into the room, in place of the peer before', async () => {
    const { backend, core, page } = await inRoom(1);
    core.room.emit(joined([aMember(1)], { permit: 'permit' }));
    await backend.enter('Mei');
    page.emitters.hide();
    expect(core.room.calls.at(-1)).toEqual({ name: 'leave', args: [] });
    const again = await open(new FakePage(page));
    expect(again.core.room.config).toMatchObject({
      invite: LINK,
      name: 'Mei',
      previous_peer_id: 'me-1',
      permits: [{ server: 'parlour.example.org', permit: 'permit' }],
    });
    expect(again.core.room.calls).toEqual([{ name: 'enter', args: ['Mei'] }]);
    expect(again.view().room?.phase.kind).toBe('entered');
  });

  it('in the lobby leads back to the lobby', async () => {
    const { page } = await inRoom();
    page.emitters.hide();
    const again = await open(new FakePage(page));
    expect(again.view().room?.phase.kind).toBe('lobby');
    expect(again.core.room.calls).toEqual([]);
  });

  it('keeps no secret of the room beside the address, and nothing after it was read', async () => {
    const { backend, page } = await inRoom();
    await backend.enter('Mei');
    expect(page.reload.read()).toBeNull();
    page.emitters.hide();
    expect(page.reload.read()).not.toContain(CODE);
    await open(new FakePage(page));
    expect(page.reload.read()).toBeNull();
    expect(page.settings.read()).not.toContain(CODE);
  });

  it('into another room is a question as ever', async () => {
    const { backend, page } = await inRoom();
    await backend.enter('Mei');
    page.emitters.hide();
    page.fragment = OTHER;
    const again = await open(new FakePage(page));
    expect(again.core.rooms).toEqual([]);
    expect(again.view().pending).not.toBeNull();
  });

  it('of a tab that was duplicated does not take the place of the first', async () => {
    const { backend, page } = await inRoom();
    await backend.enter('Mei');
    const duplicate = await open(new FakePage(page));
    expect(duplicate.core.rooms).toEqual([]);
    expect(duplicate.view().pending).not.toBeNull();
  });
});

describe('what a guest shares', () => {
  it('copies a link that leads back to the room, for browsers and the app', async () => {
    const { backend, page } = await inRoom();
    await backend.copyInvite({ app: '', app_and_downloads: '', web: 'Join me:\n{link}' });
    expect(page.copied).toBe(`Join me:\n${page.url}#${FRAGMENT}`);
  });

  it('says when the browser refuses the clipboard, or the text would lead nowhere', async () => {
    const { backend, page } = await inRoom();
    const templates = { app: '', app_and_downloads: '', web: '{link}' };
    for (const web of ['nothing', `parlour://${OTHER} {link}`]) {
      await expect(backend.copyInvite({ ...templates, web })).rejects.toMatchObject({
        code: 'clipboard_failed',
      });
    }
    expect(page.copied).toBeNull();
    page.canCopy = false;
    await expect(backend.copyInvite(templates)).rejects.toMatchObject({ code: 'clipboard_failed' });
  });

  it('opens links of the web and mail alone', async () => {
    const { backend, page } = await open();
    await backend.openExternalUrl('https://example.org/');
    await expect(backend.openExternalUrl('javascript:alert(1)')).rejects.toMatchObject({
      code: 'link_not_opened',
    });
    expect(page.opened).toEqual(['https://example.org/']);
  });
});

describe('the network', () => {
  it('that changes is told to the core and to the links, and what was found holds no more', async () => {
    const { backend, core, page, check, view } = await inRoom();
    const changes: unknown[] = [];
    backend.onNetworkChange((change) => changes.push(change));
    await backend.checkConnection();
    check.found?.({ running: false, facts: {} as never });
    expect(view().check).not.toBeNull();
    page.emitters.network();
    expect(core.room.calls.at(-1)?.name).toBe('reconnectNow');
    expect(changes).toEqual([{ kind: 'changed' }]);
    expect(view().check).toBeNull();
  });

  it('is checked with the servers of the room', async () => {
    const { backend, core, check, view } = await inRoom();
    core.room.emit({ kind: 'ice_servers', ice_servers: [{ urls: ['stun:stun.example.org'] }] });
    await backend.checkConnection();
    expect(check.servers).toEqual([{ urls: ['stun:stun.example.org'] }]);
    check.found?.({ running: true, facts: {} as never });
    await backend.stopConnectionCheck();
    expect(view().check?.running).toBe(false);
  });
});
