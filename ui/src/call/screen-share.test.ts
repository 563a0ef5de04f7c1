import { describe, expect, it } from 'vitest';
import { FakeStream, settle } from '../rtc/testing';
import { ScreenShare } from './screen-share.svelte';

class FakeTrack {
  readyState = 'live';
  contentHint = '';
  onended: (() => void) | null = null;
  applied: MediaTrackConstraints[] = [];
  constructor(readonly kind: 'audio' | 'video') {}
  stop(): void {
    this.readyState = 'ended';
  }
  async applyConstraints(constraints: MediaTrackConstraints): Promise<void> {
    this.applied.push(constraints);
  }
}

/** A screen that can be shared. The prompt waits for `choose` or `cancel`. */
function aShare(sound = false) {
  const tracks: FakeTrack[] = [];
  const shared: string[] = [];
  const stills: FakeTrack[] = [];
  let answer = (): void => {};
  let refuse: (error: DOMException) => void = () => {};
  const devices = {
    getDisplayMedia: () =>
      new Promise((resolve, reject) => {
        answer = () => {
          const made = [new FakeTrack('video'), ...(sound ? [new FakeTrack('audio')] : [])];
          tracks.push(...made);
          resolve(new FakeStream(made as unknown as MediaStreamTrack[]));
        };
        refuse = reject;
      }),
  };
  const share = new ScreenShare(
    ({ screen, screen_audio }) =>
      shared.push(`${screen ? 'screen' : 'none'} ${screen_audio ? 'sound' : 'silent'}`),
    devices as unknown as MediaDevices,
    async () => {
      const track = new FakeTrack('video');
      stills.push(track);
      return { track: track as unknown as MediaStreamTrack, stop: () => track.stop() };
    },
  );
  const choose = async () => (answer(), settle());
  const cancel = async (name: string) => (refuse(new DOMException('by system', name)), settle());
  return { share, tracks, stills, shared, choose, cancel };
}

describe('sharing a screen', () => {
  it('begins with the chosen screen and ends with a second click', async () => {
    const { share, tracks, shared, choose } = aShare(true);
    share.toggle?.();
    expect(share).toMatchObject({ choosing: true, stream: null, toggle: null });
    await choose();
    expect(share).toMatchObject({ choosing: false, hasAudio: true });
    expect(tracks[0]?.contentHint).toBe('text');
    share.toggle?.();
    expect(share.stream).toBeNull();
    expect(shared).toEqual(['screen sound', 'none silent']);
    expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });

  it('ends when the shared window closes', async () => {
    const { share, tracks, shared, choose } = aShare();
    share.toggle?.();
    await choose();
    tracks[0]?.onended?.();
    expect(share.stream).toBeNull();
    expect(shared).toEqual(['screen silent', 'none silent']);
  });

  it('ends with the call, also if the person chooses later', async () => {
    const { share, tracks, shared, choose } = aShare();
    share.toggle?.();
    share.close();
    await choose();
    expect(share).toMatchObject({ stream: null, choosing: false });
    expect(tracks[0]?.readyState).toBe('ended');
    expect(shared).toEqual([]);
  });

  it('reports why it fails, but not that the person chose nothing', async () => {
    const { share, shared, cancel } = aShare();
    share.toggle?.();
    await cancel('NotReadableError');
    expect(share).toMatchObject({ problem: 'unreadable', choosing: false });
    share.toggle?.();
    expect(share.problem).toBeNull();
    await cancel('AbortError');
    expect(share.problem).toBeNull();
    expect(shared).toEqual([]);
  });

  it('changes between sharp and fluent while it goes on', async () => {
    const { share, tracks, shared, choose } = aShare();
    share.toggle?.();
    await choose();
    share.setKind('motion');
    expect(tracks[0]).toMatchObject({ contentHint: 'motion', readyState: 'live' });
    expect(tracks[0]?.applied.at(-1)).toMatchObject({ frameRate: { max: 30 } });
    expect(shared).toEqual(['screen silent', 'screen silent']);
    share.stop();
    share.toggle?.();
    await choose();
    expect(tracks[1]?.contentHint).toBe('motion');
  });

  it('pauses: the others keep one picture without sound, and the screen is theirs again on resume', async () => {
    const { share, stills, shared, choose } = aShare(true);
    void share.start();
    await choose();
    await share.pause();
    expect(share.isPaused).toBe(true);
    share.setKind('motion');
    share.resume();
    expect(share.isPaused).toBe(false);
    expect(stills[0]?.readyState).toBe('ended');
    expect(shared).toEqual(['screen sound', 'screen silent', 'screen sound']);
    await share.pause();
    share.stop();
    expect(share.isPaused).toBe(false);
    expect(stills[1]?.readyState).toBe('ended');
    expect(shared.at(-1)).toBe('none silent');
  });

  it('a screen that ends while it is being paused leaves nothing behind', async () => {
    const { share, stills, shared, choose } = aShare();
    void share.start();
    await choose();
    const pausing = share.pause();
    share.stop();
    await pausing;
    expect(share.isPaused).toBe(false);
    expect(stills[0]?.readyState).toBe('ended');
    expect(shared).toEqual(['screen silent', 'none silent']);
  });
});
