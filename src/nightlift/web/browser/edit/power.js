// The power that brings a photo to a mean brightness: the twin of nightlift.adjust.power.

import { LUMA } from "../adjust/kinds.js";

const LEVELS = 1024;
const HALVINGS = 30;

/**
 * The exponent from `least` to `most` that brings the mean luma of a small copy to `target`.
 * @param {Float32Array} rgb in [0, 1]
 * @param {number} target
 * @param {number} least
 * @param {number} most
 */
export function powerTo(rgb, target, least, most) {
  const shares = new Float64Array(LEVELS);
  for (let i = 0; i < rgb.length; i++)
    shares[Math.min(Math.trunc(rgb[i] * LEVELS), LEVELS - 1)] += LUMA[i % 3] / (rgb.length / 3);
  let [low, high] = [least, most];
  for (let pass = 0; pass < HALVINGS; pass++) {
    const middle = (low + high) / 2;
    const luma = shares.reduce((sum, share, i) => sum + share * ((i + 0.5) / LEVELS) ** middle, 0);
    if (luma > target) low = middle;
    else high = middle;
  }
  return high;
}
