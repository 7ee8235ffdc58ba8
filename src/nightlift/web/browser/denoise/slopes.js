// How steep an adjustment is at each place and brightness: the twin of nightlift.denoise.slope_map.

import { whole } from "../adjust/axis.js";
import { clipped } from "../adjust/kinds.js";
import { stageOf } from "../adjust/stages.js";

const PLACES = 16;
const COUNT = 33;
const TINT = 1 / 128;
const SPREAD = [-1.5, -0.75, 0, 0.75, 1.5];

/** Brightnesses, denser in the dark. */
export const LEVELS = Array.from({ length: COUNT }, (_, i) => (i / (COUNT - 1)) ** 2);

/**
 * For each place, `LEVELS` of what gray becomes, and of what small color differences are
 * multiplied by.
 * @typedef {object} Slopes
 * @property {number} side places along each side
 * @property {Float32Array[]} curve
 * @property {Float32Array[]} chroma
 */

/**
 * @param {import("../adjust/kinds.js").Adjustment} adjustment in the order of the pixels
 * @param {number} strength
 * @returns {Slopes}
 */
export function slopes(adjustment, strength) {
  const stage = stageOf(adjustment, whole({ height: PLACES, width: PLACES }));
  const curve = Array.from({ length: PLACES * PLACES }, () => new Float32Array(COUNT));
  const chroma = Array.from({ length: PLACES * PLACES }, () => new Float32Array(COUNT));
  LEVELS.forEach((level, i) => {
    for (let y = 0; y < PLACES; y++) {
      const plain = lifted(stage, y, level, 0, strength);
      const tinted = lifted(stage, y, level, TINT, strength);
      for (let x = 0; x < PLACES; x++) {
        const [luma, green, orange] = split(plain, x);
        const [, otherGreen, otherOrange] = split(tinted, x);
        curve[y * PLACES + x][i] = luma;
        chroma[y * PLACES + x][i] = Math.hypot(otherGreen - green, otherOrange - orange)
          / Math.hypot(TINT / 4, TINT / 2);
      }
    }
  });
  for (const values of chroma) values[COUNT - 1] = values[COUNT - 2];
  return fewest({ side: PLACES, curve, chroma });
}

/**
 * A row of gray, with some more red, after the adjustment.
 * @param {import("../adjust/kinds.js").Stage} stage
 * @param {number} y
 * @param {number} level
 * @param {number} tint
 * @param {number} strength
 */
function lifted(stage, y, level, tint, strength) {
  const before = Float32Array.from({ length: 3 * PLACES },
    (_, i) => Math.min(level + (i % 3 ? 0 : tint), 1));
  const row = before.slice();
  stage.row(row, y);
  return strength === 1 ? row
    : row.map((value, i) => clipped(before[i] + strength * (value - before[i])));
}

/** Luma and chroma of a pixel. @param {Float32Array} row @param {number} x */
function split(row, x) {
  const [r, g, b] = [row[3 * x], row[3 * x + 1], row[3 * x + 2]];
  return [(2 * g + (r + b)) * 0.25, (2 * g - (r + b)) * 0.25, (r - b) * 0.5];
}

/** One place where all are alike. @param {Slopes} all @returns {Slopes} */
function fewest({ side, curve, chroma }) {
  /** @param {Float32Array[]} values */
  const alike = (values) => values.every((one) => one.every((value, i) => value === values[0][i]));
  return alike(curve) && alike(chroma) ? { side: 1, curve: [curve[0]], chroma: [chroma[0]] }
    : { side, curve, chroma };
}

/**
 * The deviation that noise of luma has after the curve, at each place and level.
 * @param {Slopes} slopes
 * @param {number[]} deviations before it
 * @returns {Float32Array[]}
 */
export function spread({ curve }, deviations) {
  const weights = SPREAD.map((z) => Math.exp(-z * z / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = weights.reduce((sum, weight, i) => sum + weight * SPREAD[i] ** 2, 0) / total;
  return curve.map((values) => Float32Array.from(LEVELS, (level, i) => {
    const after = SPREAD.map((z) => onCurve(values, level + z * deviations[i]));
    const mean = after.reduce((sum, value, n) => sum + value * weights[n], 0) / total;
    const power = after.reduce((sum, value, n) => sum + (value - mean) ** 2 * weights[n], 0) / total;
    return Math.sqrt(power / share);
  }));
}

/** @param {Float32Array} curve @param {number} brightness */
function onCurve(curve, brightness) {
  const inside = clipped(brightness);
  const low = Math.min(Math.trunc(Math.sqrt(inside) * (COUNT - 1)), COUNT - 2);
  const part = (inside - LEVELS[low]) / (LEVELS[low + 1] - LEVELS[low]);
  return curve[low] * (1 - part) + curve[low + 1] * part;
}
