// Luma and two planes of chroma, exactly 0 for gray; and planes of half the size.

/** @typedef {{ planes: Float32Array[], height: number, width: number }} Planes luma, then chroma */

const PLAIN = Float32Array.from({ length: 256 }, (_, code) => code / 255);

/** What each code stands for, channel by channel. @param {import("../photo/rgb_space.js").Tone | null} tone */
export const valuesOf = (tone) => tone?.codes ?? [PLAIN, PLAIN, PLAIN];

/**
 * @param {Uint8ClampedArray} rgba
 * @param {number} height
 * @param {number} width
 * @param {import("../photo/rgb_space.js").Tone | null} tone null: sRGB's
 * @returns {Planes}
 */
export function apart(rgba, height, width, tone) {
  const [reds, greens, blues] = valuesOf(tone);
  const count = height * width;
  const luma = new Float32Array(count), green = new Float32Array(count), orange = new Float32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += 4) {
    const r = reds[rgba[at]], g = greens[rgba[at + 1]], b = blues[rgba[at + 2]];
    luma[i] = (2 * g + (r + b)) * 0.25;
    green[i] = (2 * g - (r + b)) * 0.25;
    orange[i] = (r - b) * 0.5;
  }
  return { planes: [luma, green, orange], height, width };
}

/**
 * Means over 2 × 2, the last row and column twice where they are odd.
 * @param {Planes} from
 * @returns {Planes}
 */
export function halved({ planes, height, width }) {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  return { height: rows, width: columns, planes: planes.map((plane) => {
    const out = new Float32Array(rows * columns);
    for (let y = 0, at = 0; y < rows; y++) {
      const upper = 2 * y * width;
      const lower = Math.min(2 * y + 1, height - 1) * width;
      for (let x = 0; x < columns; x++, at++) {
        const right = Math.min(2 * x + 1, width - 1);
        out[at] = (plane[upper + 2 * x] + plane[lower + 2 * x] + plane[upper + right]
          + plane[lower + right]) * 0.25;
      }
    }
    return out;
  }) };
}

/**
 * Add a plane of half the size to rows of a larger one: bilinear, the border continued.
 * @param {Float32Array} into rows from `first` on
 * @param {number} first
 * @param {number} width
 * @param {Float32Array} coarse
 * @param {{ height: number, width: number }} sides of `coarse`
 */
export function addEnlarged(into, first, width, coarse, sides) {
  const rows = into.length / width;
  const mixed = new Float32Array(sides.width);
  for (let y = 0; y < rows; y++) {
    const row = (first + y) >> 1;
    const other = Math.min(Math.max(row + ((first + y) % 2 ? 1 : -1), 0), sides.height - 1);
    for (let x = 0; x < sides.width; x++)
      mixed[x] = 0.75 * coarse[row * sides.width + x] + 0.25 * coarse[other * sides.width + x];
    let [before, here, at] = [mixed[0], mixed[0], y * width];
    for (let column = 0; column < sides.width; column++) {
      const after = mixed[Math.min(column + 1, sides.width - 1)];
      into[at++] += 0.75 * here + 0.25 * before;
      if (2 * column + 1 < width) into[at++] += 0.75 * here + 0.25 * after;
      before = here;
      here = after;
    }
  }
}
