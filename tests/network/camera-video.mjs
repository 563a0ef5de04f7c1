import fs from 'node:fs';

const WIDTH = 320;
const HEIGHT = 180;
const FRAMES = 30;
const BAR_WIDTH = 16;

/**
 * Writes what the cameras show: a bar that moves over a small picture, 15 frames a second. With a large picture the tests
 * would only measure how fast this computer encodes.
 *
 * @param {string} file its name ends in .y4m
 */
export function writeCameraVideo(file) {
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420jpeg\n`)];
  for (let nth = 0; nth < FRAMES; nth += 1) {
    const light = Buffer.alloc(WIDTH * HEIGHT, 90);
    const left = Math.floor((nth / FRAMES) * (WIDTH - BAR_WIDTH));
    for (let row = 0; row < HEIGHT; row += 1)
      light.fill(200, row * WIDTH + left, row * WIDTH + left + BAR_WIDTH);
    parts.push(Buffer.from('FRAME\n'), light, Buffer.alloc((WIDTH * HEIGHT) / 2, 128));
  }
  fs.writeFileSync(file, Buffer.concat(parts));
}
