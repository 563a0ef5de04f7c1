import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_UPLINK,
  MIN_VIDEO_BITRATE,
  shareUplink,
  VOICE_BITRATE,
  type CapturedPicture,
  type CapturedScreen,
  type UplinkInput,
} from './share-uplink';
import { quantise, type VideoWish } from './wish';

const HD: CapturedPicture = { width: 1280, height: 720, frameRate: 30 };
const SMALL: CapturedPicture = { width: 640, height: 360, frameRate: 30 };
const TEXT: CapturedScreen = { width: 1920, height: 1080, frameRate: 15, isMotion: false };

const side = fc.integer({ min: 1, max: 3_000 });
const size = fc.record({ width: side, height: side }).map(quantise);
const wish = fc.record({
  camera: fc.option(size, { freq: 4 }),
  screen: fc.option(size, { freq: 4 }),
});
const input: fc.Arbitrary<UplinkInput> = fc.record({
  wishes: fc.array(fc.option(wish, { freq: 5 }), { minLength: 1, maxLength: 7 }),
  camera: fc.option(fc.constantFrom(HD, SMALL), { freq: 5 }),
  screen: fc.option(fc.constantFrom(TEXT, { ...TEXT, isMotion: true })),
  uplink: fc.integer({ min: 0, max: 12_000_000 }),
});

const shows = (wish: VideoWish | null, source: keyof VideoWish) => wish === null || wish[source] !== null;
const seen = (width: number, height: number): VideoWish => ({
  camera: quantise({ width, height }),
  screen: null,
});
const all = (count: number, wish: VideoWish | null) => Array.from({ length: count }, () => wish);
/** The bitrate that a link may use, in bits a second, voice included. */
function bits({ camera, screen }: ReturnType<typeof shareUplink>[number]): number {
  const rate = ({ active, maxBitrate }: typeof camera) => (active ? (maxBitrate ?? 0) : 0);
  return VOICE_BITRATE + rate(camera) + rate(screen);
}

/** Pixels a second of all cameras' pictures. */
function pixelRate({ camera, ...more }: UplinkInput): number {
  return shareUplink({ camera, ...more }).reduce((sum, { camera: { active, ...encoding } }) => {
    if (!camera || !active) return sum;
    const pixels = (camera.width * camera.height) / encoding.scaleResolutionDownBy ** 2;
    return sum + pixels * (encoding.maxFramerate ?? 0);
  }, 0);
}

describe('the shares of the uplink', () => {
  it('are never more than there is, with the voice on each link first', () => {
    fc.assert(
      fc.property(input, (input) => {
        const links = shareUplink(input).map((link, index) => {
          const off = { camera: input.camera === null, screen: input.screen === null };
          const rate = (source: 'camera' | 'screen') =>
            link[source].active && !off[source] ? (link[source].maxBitrate ?? Infinity) : 0;
          expect(input.wishes[index]).toBeDefined();
          return rate('camera') + rate('screen');
        });
        const voices = VOICE_BITRATE * input.wishes.length;
        const video = links.reduce((sum, rate) => sum + rate, 0);
        expect(video).toBeLessThanOrEqual(Math.max(0, input.uplink - voices));
      }),
    );
  });

  it('leave no picture out that somebody sees, while there is the least for each', () => {
    fc.assert(
      fc.property(input, (input) => {
        const { wishes, camera, screen } = input;
        const seen = (source: keyof VideoWish) => wishes.filter((wish) => shows(wish, source)).length;
        const pictures = (camera ? seen('camera') : 0) + (screen ? seen('screen') : 0);
        const least = VOICE_BITRATE * wishes.length + MIN_VIDEO_BITRATE * pictures;
        const links = shareUplink({ ...input, uplink: input.uplink + least });
        wishes.forEach((wish, index) => {
          if (camera) expect(links[index]?.camera.active).toBe(shows(wish, 'camera'));
          if (screen) expect(links[index]?.screen.active).toBe(shows(wish, 'screen'));
        });
      }),
    );
  });

  it('never give a larger picture less than a smaller one', () => {
    fc.assert(
      fc.property(input, (input) => {
        const links = shareUplink(input);
        const whole = shareUplink({ ...input, uplink: Infinity });
        const sizes = input.wishes.map((wish) =>
          wish ? wish.camera : { width: Infinity, height: Infinity },
        );
        sizes.forEach((one, index) =>
          sizes.forEach((other, at) => {
            if (!one || !other || one.width < other.width || one.height < other.height) return;
            const [large, small] = [links[index]?.camera, links[at]?.camera];
            if (!large || !small || !input.camera || !small.active) return;
            // Sizes that differ little are sent alike.
            if (whole[index]?.camera.scaleResolutionDownBy === whole[at]?.camera.scaleResolutionDownBy)
              return;
            expect(large.active).toBe(true);
            expect(large.maxBitrate).toBeGreaterThanOrEqual(small.maxBitrate ?? 0);
            expect(large.scaleResolutionDownBy).toBeLessThanOrEqual(small.scaleResolutionDownBy);
          }),
        );
      }),
      // The same bitrate for a thumbnail and for a large picture, which has more frames.
      { examples: [[{ wishes: [null, seen(90, 120), null], camera: SMALL, screen: TEXT, uplink: 390_000 }]] },
    );
  });

  it('grow with the uplink', () => {
    fc.assert(
      fc.property(input, fc.nat(3_000_000), (input, more) => {
        const sum = (uplink: number) =>
          shareUplink({ ...input, uplink }).reduce((total, link) => total + bits(link), 0);
        if (input.camera || input.screen)
          expect(sum(input.uplink + more)).toBeGreaterThanOrEqual(sum(input.uplink) - MIN_VIDEO_BITRATE);
      }),
    );
  });

  it('cost seven encoders hardly more than one', () => {
    const one = pixelRate({ wishes: [null], camera: HD, screen: null, uplink: MAX_UPLINK });
    fc.assert(
      fc.property(input, (input) => {
        expect(pixelRate(input)).toBeLessThanOrEqual(1.5 * one);
      }),
    );
    // Eight tiles in a window of 1280 by 800.
    const grid = { wishes: all(7, seen(410, 230)), camera: SMALL, screen: null, uplink: MAX_UPLINK };
    expect(pixelRate(grid)).toBeLessThan(0.5 * one);
  });

  it('are enough for eight people behind 3 Mbit/s', () => {
    const few = { wishes: all(7, seen(410, 230)), camera: SMALL, screen: null };
    const wanted = shareUplink({ ...few, uplink: Infinity }).reduce((sum, link) => sum + bits(link), 0);
    expect(wanted).toBeLessThan(3_000_000);
    for (const { camera } of shareUplink({ ...few, uplink: 3_000_000 })) {
      expect(camera).toMatchObject({ active: true, scaleResolutionDownBy: 1.5 });
    }
    // Everybody shows it large, and a screen beside it.
    const links = shareUplink({ wishes: all(7, null), camera: SMALL, screen: TEXT, uplink: 3_000_000 });
    for (const { camera, screen } of links) expect([camera.active, screen.active]).toEqual([true, true]);
  });
});

describe('a picture', () => {
  const camera = (wish: VideoWish | null, more: Partial<UplinkInput> = {}) =>
    shareUplink({ wishes: [wish], camera: HD, screen: null, uplink: MAX_UPLINK, ...more })[0]?.camera;
  const screen = (wish: VideoWish | null, shared: CapturedScreen) =>
    shareUplink({ wishes: [wish], camera: HD, screen: shared, uplink: MAX_UPLINK })[0]?.screen;

  it('is whole for one other who has said no wish', () => {
    const whole = { active: true, scaleResolutionDownBy: 1, maxFramerate: 30, maxBitrate: 2_500_000 };
    expect(camera(null)).toMatchObject(whole);
  });

  it('is as small as it is shown, and covers its tile', () => {
    expect(camera(seen(320, 180))?.scaleResolutionDownBy).toBe(4);
    expect(camera(seen(180, 400))?.scaleResolutionDownBy).toBe(1.5);
    expect(camera(seen(40, 40))?.scaleResolutionDownBy).toBe(8);
  });

  it('is not sent to somebody who does not see it', () => {
    expect(camera({ camera: null, screen: null })?.active).toBe(false);
  });

  it('of a camera is modest beside a screen', () => {
    expect(camera(null, { screen: TEXT })?.maxBitrate).toBe(350_000);
  });

  it('is smaller where there are too few bits for it', () => {
    expect(camera(null, { uplink: 250_000 })?.scaleResolutionDownBy).toBeGreaterThan(1.5);
  });

  it('of a screen is whole however small it is shown, and keeps its sharpness or its frames, as was chosen', () => {
    const small = { camera: null, screen: quantise({ width: 200, height: 120 }) };
    const whole = { active: true, scaleResolutionDownBy: 1 };
    expect(screen(small, TEXT)).toMatchObject({ ...whole, degradationPreference: 'maintain-resolution' });
    expect(screen(small, { ...TEXT, isMotion: true })).toMatchObject({
      ...whole,
      degradationPreference: 'maintain-framerate',
    });
  });
});
