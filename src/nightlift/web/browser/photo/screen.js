// Pixels for the screen: upright, and in a color space that the browser knows.

import { turn } from "./orientation.js";
import { recoding } from "./rgb_space.js";

/** Linear Display P3 to linear sRGB. */
const P3 = [
  [1.2249401, -0.2249402, 0],
  [-0.0420569, 1.0420571, 0],
  [-0.0196376, -0.0786507, 1.0982884],
];
const NEAR = 2e-3;

/**
 * A bitmap of pixels in stored order and in their own RGB.
 * @param {Uint8ClampedArray} rgba may be changed
 * @param {{ rows: number, columns: number }} sides
 * @param {{ orientation: number, space: import("./rgb_space.js").RgbSpace | null }} photo
 * @returns {Promise<ImageBitmap>}
 */
export function onScreen(rgba, { rows, columns }, { orientation, space }) {
  const wide = space !== null && isP3(space);
  if (space && !wide) toSrgb(rgba, space);
  const upright = turn({ data: rgba, height: rows, width: columns, depth: 4 }, orientation);
  const pixels = new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (upright.data),
    upright.width, upright.height, { colorSpace: wide ? "display-p3" : "srgb" });
  return createImageBitmap(pixels);
}

/** @param {import("./rgb_space.js").RgbSpace} space */
export function isP3({ toSrgb }) {
  return !toSrgb.decode && toSrgb.matrix.every((row, i) =>
    row.every((value, j) => Math.abs(value - P3[i][j]) < NEAR));
}

/** @param {Uint8ClampedArray} rgba @param {import("./rgb_space.js").RgbSpace} space */
function toSrgb(rgba, space) {
  const recode = recoding({ ...space.toSrgb, quick: false });
  const row = new Float32Array(3 * 4096);
  for (let from = 0; from < rgba.length; from += 4 * 4096) {
    const some = row.subarray(0, 3 * Math.min(4096, (rgba.length - from) / 4));
    for (let i = 0, at = from; i < some.length; i += 3, at += 4)
      for (let c = 0; c < 3; c++) some[i + c] = rgba[at + c] / 255;
    recode(some);
    for (let i = 0, at = from; i < some.length; i += 3, at += 4)
      for (let c = 0; c < 3; c++) rgba[at + c] = some[i + c] * 255;
  }
}
