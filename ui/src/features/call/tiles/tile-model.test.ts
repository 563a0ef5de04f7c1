import { describe, expect, it } from 'vitest';
import { personTile, pipTile, screenTile, selfTile, tileSpecs } from './tile-model';

const camera = {} as MediaStream;
const screen = {} as MediaStream;
const mei = {
  id: '1',
  name: 'Mei',
  isGuest: false,
  stream: camera,
  screen: null,
  micOn: true,
  cameraOn: true,
  speaking: false,
  linkState: 'connected',
  presence: 'online' as const,
  quality: 'weak',
} as const;

describe('the tile of a person', () => {
  it('is live without marks or status while all is well', () => {
    expect(personTile(mei, false)).toEqual({
      kind: 'person',
      peer: '1',
      name: 'Mei',
      initialOf: 'Mei',
      stream: camera,
      picture: 'live',
      marks: [],
      isSpeaking: false,
      status: null,
      quality: 'weak',
    });
  });

  it('has a number where another person has no name either', () => {
    const names = ['', ' (2)'].map((name) => personTile({ ...mei, name }, false).name);
    expect(names).toEqual(['Somebody', 'Somebody (2)']);
  });

  it('marks what the others see and hear of the person, in order', () => {
    const tile = personTile({ ...mei, screen, micOn: false, cameraOn: false, speaking: true }, true);
    expect(tile.marks).toEqual(['sharing', 'muted_for_me', 'muted', 'camera_off']);
    expect(tile).toMatchObject({ picture: 'hidden', isSpeaking: false });
  });

  it('marks a guest, in the small window too', () => {
    expect(personTile({ ...mei, isGuest: true, micOn: false }, false).marks).toEqual(['guest', 'muted']);
    expect(pipTile({ ...mei, isGuest: true, screen }).marks).toEqual(['guest']);
  });

  it('freezes the last picture while the link is down, and says so', () => {
    const status = (person: Partial<Parameters<typeof personTile>[0]>) => {
      const tile = personTile({ ...mei, ...person }, false);
      return tile.kind === 'person' ? [tile.picture, tile.status?.kind, tile.status?.text] : [];
    };
    expect(status({ linkState: 'connecting' })).toEqual(['frozen', 'pending', 'Connecting to Mei…']);
    expect(status({ linkState: 'connecting', presence: 'away' })).toEqual([
      'frozen',
      'pending',
      'Reconnecting to Mei…',
    ]);
    expect(status({ linkState: 'reconnecting' })).toEqual(['frozen', 'pending', 'Reconnecting to Mei…']);
    expect(status({ linkState: 'reconnecting', presence: 'absent' })).toEqual([
      'frozen',
      'over',
      'Mei is disconnected, waiting',
    ]);
    expect(status({ linkState: 'ended', presence: 'absent' })).toEqual([
      'frozen',
      'over',
      'Ended for safety',
    ]);
  });

  it('shows nothing of a link that was ended for safety', () => {
    expect(personTile({ ...mei, linkState: 'ended' }, false).stream).toBeNull();
  });

  it('has a word for a person without a name', () => {
    expect(personTile({ ...mei, name: '' }, false)).toMatchObject({ name: 'Somebody', initialOf: '' });
  });
});

describe('the other tiles', () => {
  it('show a screen under the name of the person', () => {
    const sharing = { ...mei, screen, micOn: false, cameraOn: false };
    expect(screenTile(sharing)).toMatchObject({
      kind: 'screen',
      peer: null,
      name: "Mei's screen",
      stream: screen,
      marks: [],
    });
  });

  it('light up the own tile, unless it is muted', () => {
    const own = { stream: camera, micState: 'on', cameraOn: true, isSilenced: false } as const;
    expect(selfTile(own, 'Ada', true)).toMatchObject({
      kind: 'self',
      name: 'You',
      initialOf: 'Ada',
      isSpeaking: true,
    });
    expect(selfTile(own, 'Ada', false).isSpeaking).toBe(false);
    expect(selfTile({ ...own, micState: 'off' }, 'Ada', true)).toMatchObject({
      isSpeaking: false,
      marks: ['muted'],
    });
  });

  it('show the screen of a person who shares one in the small window', () => {
    expect(pipTile({ ...mei, screen, micOn: false, cameraOn: false })).toMatchObject({
      kind: 'screen',
      peer: '1',
      name: 'Mei',
      stream: screen,
      picture: 'live',
      marks: ['muted'],
    });
    expect(pipTile({ ...mei, linkState: 'failed' })).toMatchObject({
      kind: 'person',
      picture: 'frozen',
      status: null,
    });
  });
});

describe('tileSpecs', () => {
  it('lists people, then screens, then the own tile', () => {
    const people = [
      { id: '1', screen },
      { id: '2', screen: null },
    ];
    const keys = (showsSelf: boolean) => tileSpecs(people, showsSelf).map(({ key }) => key);
    expect(keys(true)).toEqual(['person 1', 'person 2', 'screen 1', 'self']);
    expect(keys(false)).toEqual(['person 1', 'person 2', 'screen 1']);
  });
});
