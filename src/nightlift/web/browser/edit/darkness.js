// What is told of a photo that is too dark to come out well: the twin of nightlift.edit.darkness.

import { KNOTS, interpolated, pixelDeviation } from "../denoise/noise.js";
import { liftedBy, lumaOf, seenOf } from "./gate.js";
import { quantile } from "./quantile.js";

const DARKEST = 5 / 255;
const STEP = 1 / 255;
const SEEN_STEPS = 4;
const DITHERED = 0.6;
const DIM = 1 / SEEN_STEPS;
const STEPPED = 0.5;
const BLACK = STEP / 4;

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("../photo/small_copy.js").Small} Small */

/**
 * What the user is to be told of the dark of a photo, which has 8 bits here.
 * @param {Small} small
 * @param {Adjustment} adjustment what lifts it
 * @param {import("../denoise/noise.js").Noise} noise
 * @returns {string[]}
 */
export function darkNotices(small, adjustment, noise) {
  const luma = lumaOf(small).sort();
  if (quantile(luma, 0.9) < DARKEST)
    return ["too dark to save: most of what a lift shows of it is noise"];
  if (quantile(luma, 0.5) > DIM) return [];
  return shareOfSteps(seenOf(small), adjustment, noise) > STEPPED
    ? ["very dark: steps between its few levels may show"] : [];
}

/**
 * The share of places, 0 to 1, where a lift shows the steps from level to level.
 * @param {Small} seen
 * @param {Adjustment} adjustment
 * @param {import("../denoise/noise.js").Noise} noise
 */
export function shareOfSteps(seen, adjustment, noise) {
  const next = { ...seen, data: seen.data.map((value) => Math.min(value + STEP, 1)) };
  const [low, high] = [seen, next].map((each) => lumaOf(liftedBy(adjustment, each)));
  const deviations = pixelDeviation(noise);
  const shown = lumaOf(seen).filter((luma, i) => luma > BLACK && high[i] - low[i] > SEEN_STEPS * STEP
    && interpolated(luma, KNOTS, deviations) < DITHERED * STEP);
  return shown.length / low.length;
}
