// The exposure gate, how much of an enhancement a photo needs: the twin of nightlift.edit.gate.

import { whole } from "../adjust/axis.js";
import { LUMA } from "../adjust/kinds.js";
import { stageOf } from "../adjust/stages.js";
import { ciede2000, lab } from "./delta_e.js";
import { quantile } from "./quantile.js";

const LEAST = 0.01;
const OFFSET = 0.3553;
const WEIGHTS = [-0.5454, -2.2169, -1.7704];
const SAFE = 7.9;
const SURE = 0.4;
const STEEP = 6;
const MOST = 100;
const SEEN = 2;
const GRAY = 0.42;
const BRIGHT = 0.55;
const HELD = 0.95;
const HARDLY = 0.02;
const DARKEST = 5 / 255;

/** @typedef {import("../photo/small_copy.js").Small} Small */

/**
 * How much of an enhancement a photo needs, and what the user is to be told about it.
 * @param {Small} small of the gate, upright
 * @param {() => import("../adjust/kinds.js").Adjustment} said what a method would do
 * @returns {{ gate: number, notices: string[] }}
 */
export function gated(small, said) {
  const luma = lumaOf(small);
  const [factor, bright] = [gate(small, said), mean(luma) > GRAY];
  if (factor < HARDLY) {
    const why = bright ? "it is bright enough" : "it looks well exposed, or dark on purpose";
    return { gate: factor, notices: [`left alone: ${why}`] };
  }
  if (factor < HELD) {
    const why = bright ? "it is bright already" : "it looks dark on purpose";
    return { gate: factor, notices: [`held back to ${Math.round(100 * factor)} %: ${why}`] };
  }
  const dark = quantile(luma.sort(), 0.9) < DARKEST;
  return { gate: factor,
    notices: dark ? ["too dark to save: most of what a lift shows of it is noise"] : [] };
}

/**
 * How much of the enhancement a photo needs, 0 to 1: as much as changes it by a bound, which is the
 * larger, the surer it is that the photo is underexposed.
 * @param {Small} small
 * @param {() => import("../adjust/kinds.js").Adjustment} said
 */
export function gate(small, said) {
  const dim = 1 - step(mean(lumaOf(small)), GRAY, BRIGHT);
  const logit = appearance(small).reduce((sum, value, i) => sum + value * WEIGHTS[i], OFFSET);
  const surer = Math.min(Math.max(STEEP * (logit - SURE), 0), Math.log(MOST / SAFE));
  const bound = SAFE * Math.exp(surer);
  if (dim === 0 || bound >= MOST) return dim;
  return Math.min(dim, shareWithin(bound, small, said()));
}

/** @param {number} bound @param {Small} small @param {import("../adjust/kinds.js").Adjustment} adjustment */
function shareWithin(bound, small, adjustment) {
  const { before, change } = seenChange(small, adjustment);
  const labs = before.map((rgb) => lab(rgb));
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

/** Pixels of every other row and column, and how they change. */
/** @param {Small} small @param {import("../adjust/kinds.js").Adjustment} adjustment */
function seenChange(small, adjustment) {
  const stage = stageOf(adjustment, whole(small));
  const before = [], change = [];
  for (let y = 0; y < small.height; y += SEEN) {
    const row = small.data.subarray(3 * small.width * y, 3 * small.width * (y + 1));
    const after = row.slice();
    stage.row(after, y);
    for (let at = 0; at < row.length; at += 3 * SEEN) {
      before.push([row[at], row[at + 1], row[at + 2]]);
      change.push([0, 1, 2].map((c) => after[at + c] - row[at + c]));
    }
  }
  return { before, change };
}

/** @param {number} value @param {number} low @param {number} high */
function step(value, low, high) {
  const place = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return place * place * (3 - 2 * place);
}

/** @param {Small} small @returns {Float32Array} */
function lumaOf({ data }) {
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    LUMA[0] * data[3 * i] + LUMA[1] * data[3 * i + 1] + LUMA[2] * data[3 * i + 2]);
}

/** @param {Float32Array} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Three numbers of a small copy: the logarithm of luma that a quarter of the places do not exceed,
 * luma that 99 % of them do not, and the logarithm of the brightest channel of all.
 * @param {Small} small
 */
export function appearance(small) {
  const luma = lumaOf(small).sort();
  const brightest = small.data.reduce((most, value) => Math.max(most, value), 0);
  return [Math.log(quantile(luma, 0.25) + LEAST), quantile(luma, 0.99), Math.log(brightest + LEAST)];
}
