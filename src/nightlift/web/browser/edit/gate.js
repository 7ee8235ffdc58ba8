// The exposure gate, how much of an enhancement a photo needs: the twin of nightlift.edit.gate.

import { whole } from "../adjust/axis.js";
import { LUMA } from "../adjust/kinds.js";
import { stageOf } from "../adjust/stages.js";
import { ciede2000, lab } from "./delta_e.js";
import { quantile } from "./quantile.js";

const LEAST = 0.01;
const OFFSET = -22.7415;
const WEIGHTS = [
  2.4077, -0.7141, -2.7033, 17.6682, -4.6333, 5.0804,
  -4.2603, 0.9165, 2.0465, -10.0781, 0.2245, -12.0303,
];
const UNSURE = [-2.5, -1.5];
const SURE = [0.75, 2.25];
const SAFE = 7.5;
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
 * 1 underexposed, 0 well exposed, fading between.
 * @param {Small} small
 * @param {() => import("../adjust/kinds.js").Adjustment} said
 */
export function gate(small, said) {
  const seen = appearance(small);
  const logit = seen.reduce((sum, value, i) => sum + value * WEIGHTS[i], OFFSET);
  const dim = 1 - step(seen[0], GRAY, BRIGHT);
  let sure = step(logit, SURE[0], SURE[1]);
  const perhaps = step(logit, UNSURE[0], UNSURE[1]);
  if (dim && sure < perhaps) sure = Math.max(sure, Math.min(perhaps, safeShare(small, said())));
  return Math.min(sure, dim);
}

/** @param {Small} small @param {import("../adjust/kinds.js").Adjustment} adjustment */
function safeShare(small, adjustment) {
  const { before, change } = seenChange(small, adjustment);
  const labs = before.map((rgb) => lab(rgb));
  let share = 1;
  for (let pass = 0; pass < 2; pass++) {
    let sum = 0;
    before.forEach((rgb, i) => {
      const after = rgb.map((value, c) => Math.min(Math.max(value + share * change[i][c], 0), 1));
      sum += ciede2000(lab(after), labs[i]);
    });
    share *= SAFE / Math.max(sum / before.length, share * SAFE);
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
 * Six numbers of a small copy, then their logarithms.
 * @param {Small} small
 */
export function appearance(small) {
  const luma = lumaOf(small);
  const average = mean(luma);
  luma.sort();
  let chroma = 0, brightest = 0;
  for (let at = 0; at < small.data.length; at += 3) {
    const [r, g, b] = [small.data[at], small.data[at + 1], small.data[at + 2]];
    const most = Math.max(r, g, b);
    chroma += most - Math.min(r, g, b);
    brightest = Math.max(brightest, most);
  }
  const numbers = [average, ...[0.5, 0.9, 0.99].map((share) => quantile(luma, share)),
    chroma / luma.length, brightest];
  return [...numbers, ...numbers.map((number) => Math.log(number + LEAST))];
}
