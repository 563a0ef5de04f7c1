/** The pictures of cameras and screens in scenarios. */

/** A painted picture that moves. */
export class Picture {
  readonly stream: MediaStream;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(seed: number, moves: boolean, what = paintPerson) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const pen = canvas.getContext('2d');
    let step = seed * 7;
    const paint = () => pen && what(pen, seed, (step += 1));
    this.stream = canvas.captureStream(moves ? 15 : 0);
    paint();
    if (!moves) return;
    this.#timer = setInterval(paint, 66);
    // Painting ends with the track.
    const [track] = this.stream.getVideoTracks();
    const stop = track?.stop.bind(track);
    if (track && stop) track.stop = () => (this.stop(), stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

interface Look {
  wall: string;
  /** The lamp's position. */
  lamp: number;
  skin: string;
  hair: string;
  clothes: string;
  long: boolean;
}

const LOOKS: readonly Look[] = [
  { wall: '#4b3a2b', lamp: 540, skin: '#e3b18c', hair: '#5a3a22', clothes: '#6d7f4e', long: true },
  { wall: '#4a3140', lamp: 110, skin: '#e0aa86', hair: '#3b241c', clothes: '#b9593b', long: true },
  { wall: '#2f3d3a', lamp: 530, skin: '#c18f6d', hair: '#25201d', clothes: '#566b86', long: false },
  { wall: '#3a3550', lamp: 100, skin: '#8d5a3c', hair: '#1d1613', clothes: '#c08a3e', long: true },
  { wall: '#3d4636', lamp: 545, skin: '#e6bd97', hair: '#211d1c', clothes: '#3f6353', long: false },
  { wall: '#52392d', lamp: 95, skin: '#b07a55', hair: '#2a1c17', clothes: '#7d4a58', long: true },
  { wall: '#2c3a48', lamp: 535, skin: '#5f3d2a', hair: '#15100e', clothes: '#a9823c', long: false },
  { wall: '#46403a', lamp: 105, skin: '#ecc3a4', hair: '#9a7b57', clothes: '#4c5a72', long: false },
];

/** A person in lamplight who sways a little. */
function paintPerson(pen: CanvasRenderingContext2D, seed: number, step: number): void {
  const look = LOOKS[seed % LOOKS.length];
  if (!look) return;
  const { wall, lamp, skin, hair, clothes, long } = look;
  const sway = Math.sin(step / 20);
  const fill = (colour: string | CanvasGradient, path: string) => {
    pen.fillStyle = colour;
    pen.fill(new Path2D(path));
  };
  fill(wall, 'M0 0h640v360H0z');
  fill('#00000033', `M${640 - lamp - 75} 60h150v105h-150z`);
  fill('#ffdc9c', `M${lamp - 26} 62h52l24 74h-100z`);
  fill('#241a15', `M${lamp - 4} 136h8v230h-8z`);
  pen.save();
  pen.translate(320 + sway * 5, Math.abs(sway) * 2);
  if (long) fill(hair, 'M-72 120c0-96 144-96 144 0l10 130c-20 26-144 26-164 0z');
  fill(clothes, 'M-150 380c0-84 62-122 150-122s150 38 150 122z');
  fill(skin, 'M-24 190h48v64c0 34-48 34-48 0z');
  fill('#00000022', 'M-24 214c14 14 34 14 48 0v14c-14 12-34 12-48 0z');
  fill(skin, 'M-52 150a52 66 0 1 0 104 0a52 66 0 1 0-104 0z');
  fill(hair, 'M-58 150c-10-96 126-96 116 0c-8-34-30-50-56-52c-30 0-52 18-60 52z');
  fill(
    '#2a1c17',
    'M-23.6 148a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0zM14.4 148a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0z',
  );
  pen.strokeStyle = '#7c3a32';
  pen.lineWidth = 4;
  pen.lineCap = 'round';
  pen.stroke(new Path2D('M-17 183c10 10 24 10 34 0'));
  pen.restore();
  const glow = pen.createRadialGradient(lamp, 110, 0, lamp, 110, 420);
  glow.addColorStop(0, '#ffd79abf');
  glow.addColorStop(0.45, '#e79a4c33');
  glow.addColorStop(1, '#120c0a80');
  fill(glow, 'M0 0h640v360H0z');
}

/** A window in which somebody writes a text. */
export function paintScreen(pen: CanvasRenderingContext2D, seed: number, step: number): void {
  const hue = (seed * 67 + 204) % 360;
  pen.fillStyle = `hsl(${hue} 24% 32%)`;
  pen.fillRect(0, 0, 640, 360);
  pen.fillStyle = '#f6f3ee';
  pen.fillRect(48, 28, 544, 332);
  pen.fillStyle = `hsl(${hue} 22% 82%)`;
  pen.fillRect(48, 28, 544, 26);
  pen.fillStyle = '#3c3833';
  pen.fillRect(88, 84, 210, 16);
  pen.fillStyle = '#a8a29a';
  const written = 24 + ((step >> 1) % 60);
  for (let line = 0; line < 8; line += 1) {
    const full = 464 - ((line * 97 + seed * 31) % 140);
    pen.fillRect(88, 124 + line * 26, line === 7 ? written * 5 : full, 8);
  }
}
