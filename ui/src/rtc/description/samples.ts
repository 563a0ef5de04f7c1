/** For tests: what Chromium 156 and Firefox 153 write, with candidates. */
import chromiumAnswer from './testdata/chromium-answer.sdp?raw';
import chromiumOffer from './testdata/chromium-offer.sdp?raw';
import firefoxAnswer from './testdata/firefox-answer.sdp?raw';
import firefoxOffer from './testdata/firefox-offer.sdp?raw';
import type { Description } from './types';

const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

export const SAMPLES: { name: string; type: Description['type']; sdp: string }[] = [
  { name: 'Chromium offers', type: 'offer', sdp: crlf(chromiumOffer) },
  { name: 'Chromium answers', type: 'answer', sdp: crlf(chromiumAnswer) },
  { name: 'Firefox offers', type: 'offer', sdp: crlf(firefoxOffer) },
  { name: 'Firefox answers', type: 'answer', sdp: crlf(firefoxAnswer) },
];

export function sample(name: string): string {
  return SAMPLES.find((each) => each.name === name)?.sdp ?? '';
}
