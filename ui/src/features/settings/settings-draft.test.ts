import { describe, expect, it } from 'vitest';
import type { Settings } from '../../backend/generated';
import { SettingsDraft } from './settings-draft.svelte';

const saved: Settings = {
  name: 'Ada',
  hosting: { kind: 'server', address: 'parlour.example.org', access_token: 'north-wind-and-sun' },
  reach: 'open',
  invite_page: 'https://mei.example/',
  relays: ['relay.example.org'],
  ice_servers: [
    { urls: ['stun:a.example', 'stun:b.example'] },
    { urls: ['turn:c.example'], username: 'ada', credential: 'pass word' },
  ],
  share_turn: true,
  stun_servers: ['stun:d.example', 'stun:e.example'],
  relay_only: true,
  engine: 'auto',
  browser: '',
  theme: 'dark',
  language: 'zh-CN',
  sounds: false,
  notifications: true,
  plain_shortcuts: false,
  global_shortcuts: { on: true, mute: 'F9', talk: 'Ctrl+Alt+T' },
};

describe('SettingsDraft', () => {
  it('returns the saved settings and is not dirty at first', () => {
    const draft = new SettingsDraft(saved);
    expect(draft.settings()).toEqual(saved);
    expect(draft.dirty).toBe(false);
  });

  it('is dirty until it is saved or the change is undone', () => {
    const draft = new SettingsDraft(saved);
    draft.name = 'Ada L';
    expect(draft.dirty).toBe(true);
    draft.name = 'Ada ';
    expect(draft.dirty).toBe(false);
    draft.addServer();
    expect(draft.dirty).toBe(true);
    draft.markSaved();
    expect(draft.dirty).toBe(false);
  });

  it('begins an own list of STUN servers with that of the app', () => {
    const draft = new SettingsDraft({ ...saved, stun_servers: null });
    const shipped = ['stun:s.example', 'stun:t.example'];
    draft.setStunList('own', shipped);
    expect(draft.settings().stun_servers).toEqual(shipped);
    draft.stunServers = 'stun:mine.example';
    draft.setStunList('none', shipped);
    expect(draft.settings().stun_servers).toEqual([]);
    draft.setStunList('own', shipped);
    expect(draft.settings().stun_servers).toEqual(['stun:mine.example']);
    draft.setStunList('shipped', shipped);
    expect(draft.settings().stun_servers).toBeNull();
    expect(draft.dirty).toBe(false);
  });

  it('does not change the saved global shortcuts', () => {
    const draft = new SettingsDraft(saved);
    draft.globalShortcuts.mute = ' F10 ';
    expect(draft.settings().global_shortcuts).toEqual({ on: true, mute: 'F10', talk: 'Ctrl+Alt+T' });
    expect(saved.global_shortcuts.mute).toBe('F9');
    expect(draft.dirty).toBe(true);
  });

  it('keeps the address while the other choice is selected', () => {
    const draft = new SettingsDraft(saved);
    draft.hosting = 'this_computer';
    expect(draft.settings().hosting).toEqual({ kind: 'this_computer' });
    draft.hosting = 'server';
    expect(draft.settings().hosting).toEqual(saved.hosting);
  });

  it('drops the white space around an access token that was pasted', () => {
    const draft = new SettingsDraft(saved);
    draft.accessToken = ' south-wind-and-sun\n';
    expect(draft.settings().hosting).toEqual({ ...saved.hosting, access_token: 'south-wind-and-sun' });
  });

  it('accepts any usual separator of addresses, and drops credentials of STUN servers', () => {
    const draft = new SettingsDraft({ ...saved, ice_servers: [] });
    draft.addServer();
    const [server] = draft.servers;
    if (!server) throw new Error('no server');
    server.urls = ' stun:a.example,stun:b.example，stun:c.example ';
    server.username = 'ada';
    expect(draft.settings().ice_servers).toEqual([
      { urls: ['stun:a.example', 'stun:b.example', 'stun:c.example'] },
    ]);
  });
});
