import encode from 'qr';

/** The margin in modules that the standard (ISO/IEC 18004) asks for. */
const QUIET = 4;

/** An SVG path in a square of `size` units. */
export function qrPath(text: string): { size: number; path: string } {
  const rows = encode(text, 'raw', { ecc: 'medium', encoding: 'byte', border: QUIET });
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x] || row[x - 1]) continue;
      let end = x;
      while (row[end]) end += 1;
      path += `M${x} ${y}h${end - x}v1h${x - end}z`;
    }
  });
  return { size: rows.length, path };
}
