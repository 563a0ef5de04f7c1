// Camera pictures for the demo: drawn people, as videos that Chromium's fake camera plays.
import fs from 'node:fs';
import { launchChromium } from './chromium.mjs';

const WIDTH = 640;
const HEIGHT = 360;
const DISTINCT_FRAMES = 20;
/** Chromium plays the video at 30 frames a second. */
const REPEATS_PER_FRAME = 2;

/** @typedef {{ wall: string, lamp: number, skin: string, hair: string, clothes: string, long: boolean }} Look */

/** @type {Record<'anna' | 'ben', Look>} */
export const LOOKS = {
  anna: { wall: '#4a3140', lamp: 110, skin: '#e0aa86', hair: '#3b241c', clothes: '#b9593b', long: true },
  ben: { wall: '#2f3d3a', lamp: 530, skin: '#c18f6d', hair: '#25201d', clothes: '#566b86', long: false },
};

/**
 * @param {Look} look
 * @param {number} sway from -1 to 1
 */
const drawing = ({ wall, lamp, skin, hair, clothes, long }, sway) => `
  <svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" style="display:block">
    <defs>
      <radialGradient id="glow" gradientUnits="userSpaceOnUse" cx="${lamp}" cy="110" r="420">
        <stop offset="0" stop-color="#ffd79a" stop-opacity=".75"/>
        <stop offset=".45" stop-color="#e79a4c" stop-opacity=".2"/>
        <stop offset="1" stop-color="#120c0a" stop-opacity=".5"/>
      </radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="${wall}"/>
    <rect x="${640 - lamp - 75}" y="60" width="150" height="105" rx="4" fill="#0003" stroke="#fff2" stroke-width="5"/>
    <path d="M${lamp - 26} 62h52l24 74h-100z" fill="#ffdc9c"/>
    <rect x="${lamp - 4}" y="136" width="8" height="230" fill="#241a15"/>
    <g transform="translate(${320 + sway * 5} ${Math.abs(sway) * 2})">
      ${long ? `<path d="M-72 120c0-96 144-96 144 0l10 130c-20 26-144 26-164 0z" fill="${hair}"/>` : ''}
      <path d="M-150 380c0-84 62-122 150-122s150 38 150 122z" fill="${clothes}"/>
      <path d="M-24 190h48v64c0 34-48 34-48 0z" fill="${skin}"/>
      <path d="M-24 214c14 14 34 14 48 0v14c-14 12-34 12-48 0z" fill="#0002"/>
      <ellipse cy="150" rx="52" ry="66" fill="${skin}"/>
      <path d="M-58 150c-10-96 126-96 116 0c-8-34-30-50-56-52c-30 0-52 18-60 52z" fill="${hair}"/>
      <g fill="${hair}"><circle cx="-19" cy="148" r="4.6"/><circle cx="19" cy="148" r="4.6"/></g>
      <path d="M-17 183c10 10 24 10 34 0" fill="none" stroke="#7c3a32" stroke-width="4" stroke-linecap="round"/>
    </g>
    <rect width="100%" height="100%" fill="url(#glow)"/>
  </svg>`;

/** @param {Partial<Record<keyof typeof LOOKS, string>>} files where each video goes; the name ends in .mjpeg */
export async function writePortraitVideos(files) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
    for (const [name, file] of Object.entries(files)) {
      const look = LOOKS[/** @type {keyof typeof LOOKS} */ (name)];
      const frames = [];
      for (let n = 0; n < DISTINCT_FRAMES; n += 1) {
        const svg = drawing(look, Math.sin((2 * Math.PI * n) / DISTINCT_FRAMES));
        await page.setContent(`<body style="margin:0">${svg}`);
        const frame = await page.screenshot({ type: 'jpeg', quality: 90 });
        frames.push(...Array(REPEATS_PER_FRAME).fill(frame));
      }
      fs.writeFileSync(file, Buffer.concat(frames));
    }
  } finally {
    await browser.close();
  }
}
