import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShown } from './shown.mjs';

const VISIBLE = {
  opacity: '1',
  visibility: 'visible',
  display: 'block',
  backgroundImage: 'none',
  backgroundColor: 'rgba(0, 0, 0, 0)',
};
const WINDOW = { innerWidth: 960, innerHeight: 720 };

/**
 * A video in a tile in a page, and what lies over it.
 *
 * @param {{ video?: object, tile?: object, box?: [number, number, number, number], above?: object[],
 *   coveredUntilX?: number, isInTree?: boolean, takesClicks?: boolean }} [options] `box`: left, top, right, bottom; `above`: styles of
 *   elements over the video, up to that x
 */
function videoWith({
  video: videoStyle = {},
  tile: tileStyle = {},
  box = [100, 100, 420, 340],
  above = [],
  coveredUntilX = Infinity,
  isInTree = true,
  takesClicks = true,
} = {}) {
  const styles = new Map();
  const [left, top, right, bottom] = box;
  const element = (/** @type {object} */ style, /** @type {any} */ parentElement = null) => {
    const one = {
      tagName: 'DIV',
      parentElement,
      contains: (/** @type {any} */ other) => other.parentElement === one,
    };
    styles.set(one, { ...VISIBLE, ...style });
    return one;
  };
  const tile = element(tileStyle);
  const covers = above.map((style) => element(style));
  const document = {
    defaultView: { ...WINDOW, getComputedStyle: (/** @type {object} */ one) => styles.get(one) },
    elementsFromPoint: (/** @type {number} */ x) => [
      ...(x < coveredUntilX ? covers : []),
      ...(takesClicks ? [video] : []),
      tile,
    ],
  };
  const video = Object.assign(element(videoStyle, tile), {
    isConnected: isInTree,
    ownerDocument: document,
    getBoundingClientRect: () => ({ left, top, right, bottom }),
  });
  return /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video));
}

test('a video in plain sight is shown', () => {
  assert.ok(isShown(videoWith()));
  assert.ok(isShown(videoWith({ takesClicks: false })), 'also one that takes no clicks');
});

test('a video that has left the page is not shown', () => {
  assert.ok(!isShown(videoWith({ isInTree: false })));
});

test('a video is shown from half of the opacity on, its own and its tile’s together', () => {
  assert.ok(isShown(videoWith({ video: { opacity: '0.5' } })));
  assert.ok(!isShown(videoWith({ video: { opacity: '0.49' } })));
  assert.ok(!isShown(videoWith({ tile: { opacity: '0' } })));
  assert.ok(!isShown(videoWith({ video: { opacity: '0.7' }, tile: { opacity: '0.7' } })));
});

test('a hidden video is not shown', () => {
  assert.ok(!isShown(videoWith({ video: { visibility: 'hidden' } })));
  assert.ok(!isShown(videoWith({ tile: { display: 'none' } })));
});

test('a video needs sixteen pixels inside the window', () => {
  assert.ok(isShown(videoWith({ box: [0, 0, 16, 16] })));
  assert.ok(!isShown(videoWith({ box: [0, 0, 15, 200] })));
  assert.ok(!isShown(videoWith({ box: [945, 0, 1_265, 240] })), 'it stands out on the right');
  assert.ok(!isShown(videoWith({ box: [0, -230, 320, 10] })), 'it stands out above');
});

test('a video under something opaque is not shown', () => {
  assert.ok(!isShown(videoWith({ above: [{ backgroundColor: 'rgb(20, 20, 20)' }] })));
  assert.ok(!isShown(videoWith({ above: [{ backgroundImage: 'linear-gradient(red, blue)' }] })));
  assert.ok(!isShown(videoWith({ above: [{}, { backgroundColor: 'rgba(0, 0, 0, 0.5)' }] })));
});

test('what can be seen through does not cover', () => {
  assert.ok(isShown(videoWith({ above: [{}] })));
  assert.ok(isShown(videoWith({ above: [{ backgroundColor: 'rgba(0, 0, 0, 0.4)' }] })));
  assert.ok(isShown(videoWith({ above: [{ backgroundColor: 'rgb(0, 0, 0)', opacity: '0.2' }] })));
});

test('a video is shown while most of it is not covered', () => {
  const above = [{ backgroundColor: 'rgb(0, 0, 0)' }];
  assert.ok(isShown(videoWith({ above, coveredUntilX: 200 })));
  assert.ok(!isShown(videoWith({ above, coveredUntilX: 300 })));
});
