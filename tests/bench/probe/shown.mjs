/**
 * Whether a person sees this video: it is at least 16 pixels wide and high inside the window, neither it nor what
 * contains it is hidden or more than half transparent, and nothing covers more than half of it.
 *
 * The function runs in the page and is sent there as text, so it uses nothing from outside.
 *
 * @param {HTMLVideoElement} video
 */
export function isShown(video) {
  const MIN_SIZE_PX = 16;
  const MIN_OPACITY = 0.5;

  const document = video.ownerDocument;
  const { defaultView: window } = document;
  if (!window || !video.isConnected) return false;

  const box = video.getBoundingClientRect();
  const left = Math.max(box.left, 0);
  const top = Math.max(box.top, 0);
  const width = Math.min(box.right, window.innerWidth) - left;
  const height = Math.min(box.bottom, window.innerHeight) - top;
  if (!(width >= MIN_SIZE_PX && height >= MIN_SIZE_PX)) return false;

  if (window.getComputedStyle(video).visibility !== 'visible') return false;
  let opacity = 1;
  for (let element = /** @type {Element | null} */ (video); element; element = element.parentElement) {
    const style = window.getComputedStyle(element);
    if (style.display === 'none') return false;
    opacity *= Number(style.opacity);
  }
  if (opacity < MIN_OPACITY) return false;

  /** @param {Element} element that lies over the video */
  const covers = (element) => {
    const style = window.getComputedStyle(element);
    if (Number(style.opacity) < MIN_OPACITY || style.visibility !== 'visible') return false;
    if (['IMG', 'VIDEO', 'CANVAS', 'svg'].includes(element.tagName) || style.backgroundImage !== 'none')
      return true;
    const [, , , alpha = '1'] = style.backgroundColor.match(/[\d.]+/g) ?? ['0', '0', '0', '0'];
    return Number(alpha) >= MIN_OPACITY;
  };
  /** @param {number[]} point as parts of width and height */
  const isSeenAt = ([x = 0, y = 0]) => {
    for (const element of document.elementsFromPoint(left + width * x, top + height * y)) {
      // A video that takes no clicks is not in the list; what contains it lies below it.
      if (element === video || element.contains(video)) return true;
      if (covers(element)) return false;
    }
    return false;
  };
  const points = [
    [0.5, 0.5],
    [0.25, 0.25],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.75],
  ];
  return points.filter(isSeenAt).length > points.length / 2;
}
