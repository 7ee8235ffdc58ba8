// The exposure gate, how much of an enhancement a photo needs: the twin of nightlift.edit.gate.

import { whole } from "../adjust/axis.js";
import { LUMA } from "../adjust/kinds.js";
import { stageOf } from "../adjust/stages.js";
import { ciede2000, lab } from "./delta_e.js";
import { quantile } from "./quantile.js";

const LEAST = 0.01;
const FITTED_WITH = "natural";
const WITH_OPINION = { offset: -1.0288, weights: [-0.6952, -1.5071, -1.912, 2.8038, -1.1829], sure: 0.32 };
const BY_LOOKS = { offset: 0.1121, weights: [-0.4836, -1.6664, -2.0422], sure: 0.35 };
const SAFE = 7.9;
const STEEP = 6;
const MOST = 100;
const SEEN = 2;
const GRAY = 0.42;
const BRIGHT = 0.55;
const HELD = 0.95;
const HARDLY = 0.02;

/** @typedef {import("../photo/small_copy.js").Small} Small */

/**
 * How much of an enhancement a photo needs, and what the user is to be told about it.
 * @param {Small} small of the gate, upright
 * @param {() => import("../adjust/kinds.js").Adjustment} said what a method would do
 * @param {string} method its name
 * @returns {{ gate: number, notices: string[] }}
 */
export function gated(small, said, method) {
  const luma = lumaOf(small);
  const [factor, bright] = [gate(small, said, method), mean(luma) > GRAY];
  if (factor < HARDLY) {
    const why = bright ? "it is bright enough" : "it looks well exposed, or dark on purpose";
    return { gate: factor, notices: [`left alone: ${why}`] };
  }
  if (factor < HELD) {
    const why = bright ? "it is bright already" : "it looks dark on purpose";
    return { gate: factor, notices: [`held back to ${Math.round(100 * factor)} %: ${why}`] };
  }
  return { gate: factor, notices: [] };
}

/**
 * How much of the enhancement a photo needs, 0 to 1: as much as changes it by a bound, which is the
 * larger, the surer it is that the photo is underexposed.
 * @param {Small} small
 * @param {() => import("../adjust/kinds.js").Adjustment} said
 * @param {string} method
 */
export function gate(small, said, method) {
  const dim = 1 - step(mean(lumaOf(small)), GRAY, BRIGHT);
  if (dim === 0) return dim;
  const seen = seenOf(small);
  const lifted = liftedBy(said(), seen);
  const { offset, weights, sure } = method === FITTED_WITH ? WITH_OPINION : BY_LOOKS;
  const numbers = appearance(small, lifted);
  const logit = weights.reduce((sum, weight, i) => sum + weight * numbers[i], offset);
  const surer = Math.min(Math.max(STEEP * (logit - sure), 0), Math.log(MOST / SAFE));
  const bound = SAFE * Math.exp(surer);
  return bound >= MOST ? dim : Math.min(dim, shareWithin(bound, seen, lifted));
}

/** @param {number} bound @param {Small} seen @param {Small} lifted */
function shareWithin(bound, seen, lifted) {
  const before = placesOf(seen), labs = before.map((rgb) => lab(rgb));
  const change = placesOf(lifted).map((rgb, i) => rgb.map((value, c) => value - before[i][c]));
  let share = 1;
  for (let pass = 0; pass < 2; pass++) {
    let sum = 0;
    before.forEach((rgb, i) => {
      const after = rgb.map((value, c) => Math.min(Math.max(value + share * change[i][c], 0), 1));
      sum += ciede2000(lab(after), labs[i]);
    });
    share *= bound / Math.max(sum / before.length, share * bound);
  }
  return share;
}

/** Every other row and column of a copy. @param {Small} small @returns {Small} */
export function seenOf({ width, height, data }) {
  const [columns, rows] = [Math.ceil(width / SEEN), Math.ceil(height / SEEN)];
  const seen = new Float32Array(3 * columns * rows);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const at = 3 * SEEN * (y * width + x);
      seen.set(data.subarray(at, at + 3), 3 * (y * columns + x));
    }
  return { width: columns, height: rows, data: seen };
}

/** @param {import("../adjust/kinds.js").Adjustment} adjustment @param {Small} seen @returns {Small} */
export function liftedBy(adjustment, seen) {
  const stage = stageOf(adjustment, whole(seen));
  const data = seen.data.slice();
  for (let y = 0; y < seen.height; y++)
    stage.row(data.subarray(3 * seen.width * y, 3 * seen.width * (y + 1)), y);
  return { ...seen, data };
}

/** @param {Small} small */
const placesOf = ({ data }) => Array.from({ length: data.length / 3 }, (_, i) =>
  [data[3 * i], data[3 * i + 1], data[3 * i + 2]]);

/** @param {number} value @param {number} low @param {number} high */
function step(value, low, high) {
  const place = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return place * place * (3 - 2 * place);
}

/** @param {Small} small @returns {Float32Array} */
export function lumaOf({ data }) {
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    LUMA[0] * data[3 * i] + LUMA[1] * data[3 * i + 1] + LUMA[2] * data[3 * i + 2]);
}

/** @param {Float32Array} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Five numbers of a small copy: the logarithm of luma that a quarter of the places do not exceed,
 * luma that 99 % of them do not, and the logarithm of the brightest channel of all; and luma that a
 * quarter and that 5 % of the places do not exceed once they are lifted.
 * @param {Small} small @param {Small} lifted
 */
export function appearance(small, lifted) {
  const luma = lumaOf(small).sort();
  const after = lumaOf(lifted).sort();
  const brightest = small.data.reduce((most, value) => Math.max(most, value), 0);
  return [Math.log(quantile(luma, 0.25) + LEAST), quantile(luma, 0.99), Math.log(brightest + LEAST),
    quantile(after, 0.25), quantile(after, 0.05)];
}
