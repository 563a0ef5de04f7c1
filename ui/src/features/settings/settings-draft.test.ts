import { describe, expect, it } from 'vitest';
import type { Settings } from '../../backend/bindings';
import { Draft } from './settings-draft.svelte';

const kept: Settings = {
  name: 'Ada',
  hosting: { kind: 'server', address: 'parlour.example.org' },
  ice_servers: [
    { urls: ['stun:a.example', 'stun:b.example'] },
    { urls: ['turn:c.example'], username: 'ada', credential: 'pass word' },
  ],
  relay_only: true,
  engine: 'auto',
  theme: 'dark',
  language: 'zh-CN',
  sounds: false,
  notifications: true,
  plain_shortcuts: false,
  global_shortcuts: { on: true, mute: 'F9', talk: 'Ctrl+Alt+T' },
};

describe('settings while they are edited', () => {
  it('gives back what it was given, and is not dirty', () => {
    const draft = new Draft(kept);
    expect(draft.settings()).toEqual(kept);
    expect(draft.dirty).toBe(false);
  });

  it('is dirty until it is saved, and clean again when a change is taken back', () => {
    const draft = new Draft(kept);
    draft.name = 'Ada L';
    expect(draft.dirty).toBe(true);
    draft.name = 'Ada ';
    expect(draft.dirty).toBe(false);
    draft.addServer();
    expect(draft.dirty).toBe(true);
    draft.saved();
    expect(draft.dirty).toBe(false);
  });

  it('keeps global shortcuts apart from what is kept', () => {
    const draft = new Draft(kept);
    draft.globalShortcuts.mute = ' F10 ';
    expect(draft.settings().global_shortcuts).toEqual({ on: true, mute: 'F10', talk: 'Ctrl+Alt+T' });
    expect(kept.global_shortcuts.mute).toBe('F9');
    expect(draft.dirty).toBe(true);
  });

  it('keeps the address while one looks at the other choice', () => {
    const draft = new Draft(kept);
    draft.hosting = 'this_computer';
    expect(draft.settings().hosting).toEqual({ kind: 'this_computer' });
    draft.hosting = 'server';
    expect(draft.settings().hosting).toEqual(kept.hosting);
  });

  it('takes addresses separated by whatever people type, and asks STUN servers for no name', () => {
    const draft = new Draft({ ...kept, ice_servers: [] });
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
