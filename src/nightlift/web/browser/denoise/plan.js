// What is to be taken from a lifted photo: the twin of nightlift.denoise.denoiser.

import { BANDS, KNOTS, RADIUS, SCALES, interpolated, pixelDeviation } from "./noise.js";
import { LEVELS as PLAN_LEVELS } from "./place.js";
import { NOTHING } from "./shrinkage.js";
import { LEVELS, spread } from "./slopes.js";

/** @typedef {import("./noise.js").Noise} Noise */
/** @typedef {import("./slopes.js").Slopes} Slopes */

const THRESHOLDS = [[1.6, 0.85, 0.4, 0.0], [3.2, 2.1, 1.6, 1.3]];
const SOFTNESS = 0.6;
const REACH = 2.5;
const GRAIN = 0.2;
const TEXTURE = 0.9;
const TEXTURED = [1.15, 1.5];
const LIFTED = [1.02, 1.27];
const VISIBLE = 1.2 / 255;
const SEEN_SHARE = 0.01;

/**
 * @param {Noise} noise of the photo before the lift
 * @param {Slopes} slopes of the lift, in the order of the pixels
 * @param {number} amount from 0 to 1
 * @param {number} kept how much of luma's noise is to stay, from 0 to 1
 * @returns {import("./place.js").Plan | null} null: nothing is to be taken
 */
export function planOf(noise, slopes, amount, kept = 0) {
  const [luma, chroma] = noise.levels.map((levels) =>
    LEVELS.map((level) => interpolated(level, KNOTS, levels)));
  const after = [lifted(luma, slopes), slopes.chroma.map((values) =>
    values.map((value, i) => fade(value) * chroma[i] * value))];
  const [first, second] = after.map((values) => byResult(values, slopes));
  if (!amount || !(first.some(Boolean) || second.some(Boolean))) return null;
  return { noise: [first, second], cells: { rows: slopes.side, columns: slopes.side },
    weights: weightsOf(noise), softness: SOFTNESS, reach: REACH,
    amounts: [amount * (1 - kept), amount] };
}

/** How much of luma's noise is to stay. @param {Noise} noise */
export function grain(noise) {
  const [, second, third] = noise.spectra[0][0];
  const [low, high] = TEXTURED;
  const texture = Math.min(Math.max((second / Math.max(third, 1e-6) - low) / (high - low), 0), 1);
  return (GRAIN + (TEXTURE - GRAIN) * texture) * trueShare(noise);
}

/** How much of what is taken from luma's finest scale is noise. @param {Noise} noise */
function trueShare({ levels, hidden, shares }) {
  const usual = levels[0].reduce((sum, value, i) => sum + value * shares[i], 0);
  const lost = hidden[0][0].reduce((sum, value) => sum + value, 0) / hidden[0][0].length;
  return usual ** 2 / Math.max(usual ** 2 + lost ** 2, 1e-12);
}

/** Whether noise would be seen after the lift. @param {Noise} noise @param {Slopes} slopes */
export function visible(noise, slopes) {
  const own = pixelDeviation(noise);
  const after = lifted(LEVELS.map((level) => interpolated(level, KNOTS, own)), slopes);
  const seen = KNOTS.reduce((sum, knot, i) => {
    const at = LEVELS.findIndex((level) => Math.fround(level) >= Math.fround(knot));
    const places = after.filter((values) => values[at] >= VISIBLE).length / after.length;
    return sum + places * noise.shares[i];
  }, 0);
  return seen >= SEEN_SHARE;
}

/** Noise of luma after the lift; 0 where it has not become larger. */
/** @param {number[]} deviations @param {Slopes} slopes */
function lifted(deviations, slopes) {
  return spread(slopes, deviations).map((values) => values.map((value, i) =>
    value * fade(value / Math.max(deviations[i], 1e-9))));
}

/** @param {number} gain */
const fade = (gain) => Math.min(Math.max((gain - LIFTED[0]) / (LIFTED[1] - LIFTED[0]), 0), 1);

/** Values by level as values by what the level became. @param {Float32Array[]} values @param {Slopes} slopes */
function byResult(values, { curve }) {
  const out = new Float32Array(values.length * PLAN_LEVELS);
  values.forEach((own, place) => {
    const rising = curve[place].slice();
    for (let i = 1; i < rising.length; i++) rising[i] = Math.max(rising[i], rising[i - 1]);
    for (let level = 0; level < PLAN_LEVELS; level++)
      out[place * PLAN_LEVELS + level] = interpolated(level / (PLAN_LEVELS - 1), rising, own);
  });
  return out;
}

/** Softness over squared thresholds, by scale and component. @param {Noise} noise */
function weightsOf({ levels, spectra, hidden, shares, halvedChroma }) {
  return Array.from({ length: SCALES }, (_, scale) => [0, 1].map((component) => {
    const threshold = THRESHOLDS[component][scale];
    const nothing = threshold === 0 || (component === 1 && scale === 0 && halvedChroma);
    const usual = levels[component].reduce((sum, value, i) => sum + value * shares[i], 0);
    return Float32Array.from(RADIUS, (radius) => {
      if (nothing) return NOTHING;
      const own = threshold * interpolated(radius, BANDS, spectra[component][scale]);
      const lost = interpolated(radius, BANDS, hidden[component][scale]) / Math.max(usual, 1e-6);
      return SOFTNESS / Math.max(Math.max(own, lost) ** 2, 1e-6);
    });
  }));
}
