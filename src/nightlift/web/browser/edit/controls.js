// An editor's controls: the twin of nightlift.edit.controls.

import { KNOTS, LUMA } from "../adjust/kinds.js";
import { srgbDecode, srgbEncode } from "../photo/rgb_space.js";

const MOST = 100;
const WHITE_BALANCE = 0.25;
const TONES = 0.2;
const POINT = 0.1;
const SHOULDER = 4;

/**
 * Settings, 0 for no change: exposure in stops, the rest from -100 to 100.
 * @typedef {object} Controls
 * @property {number} exposure
 * @property {number} highlights
 * @property {number} shadows
 * @property {number} black
 * @property {number} warmth
 * @property {number} tint
 * @property {number} saturation
 */

/** @type {Controls} */
export const NEUTRAL = { exposure: 0, highlights: 0, shadows: 0, black: 0, warmth: 0, tint: 0,
  saturation: 0 };

/** @param {Controls} controls */
export const isNeutral = (controls) => Object.values(controls).every((value) => value === 0);

/**
 * What the settings come to.
 * @param {Controls} controls
 * @returns {import("../adjust/kinds.js").Develop}
 */
export function developOf(controls) {
  return { kind: "develop", curve: curveOf(controls), balance: balanceOf(controls),
    saturation: 1 + controls.saturation / MOST };
}

/** @param {Controls} controls */
function curveOf({ exposure, shadows, highlights, black }) {
  const dark = toning(shadows / MOST);
  const bright = toning(-highlights / MOST);
  const curve = new Float32Array(KNOTS);
  for (let i = 0, before = 0; i < KNOTS; i++) {
    let y = srgbEncode(exposed(srgbDecode(i / (KNOTS - 1)), 2 ** exposure));
    y = 1 - bright(1 - dark(y));
    y = movedBlack(y, POINT * black / MOST);
    before = i ? Math.max(before, y) : y;
    curve[i] = Math.min(Math.max(before, 0), 1);
  }
  return curve;
}

/** @param {Controls} controls */
function balanceOf({ warmth, tint }) {
  const [warm, green] = [WHITE_BALANCE * warmth / MOST, WHITE_BALANCE * tint / MOST];
  const factors = [1 + warm + green / 2, 1 - green / 2, 1 - warm + green / 2];
  const luma = factors.reduce((sum, factor, i) => sum + factor * LUMA[i], 0);
  return Float32Array.from(factors, (factor) => factor / luma);
}

/** @param {number} light @param {number} gain */
function exposed(light, gain) {
  if (gain <= 1) return light * gain;
  const bent = 1 + (gain ** SHOULDER - 1) * light ** SHOULDER;
  return gain * light / bent ** (1 / SHOULDER);
}

/** @param {number} x @param {number} amount */
const raised = (x, amount) => x + TONES * amount * x * (1 - x) ** 3 / (0.25 * 0.75 ** 3);

/**
 * Dark tones made brighter, or by the inverse of that darker.
 * @param {number} amount
 * @returns {(x: number) => number}
 */
function toning(amount) {
  if (amount >= 0) return (x) => raised(x, amount);
  const last = 4 * KNOTS - 1;
  const lifted = Float64Array.from({ length: last + 1 }, (_, i) => raised(i / last, -amount));
  return (x) => {
    let at = 0;
    while (at < last - 1 && lifted[at + 1] <= x) at++;
    const share = (x - lifted[at]) / (lifted[at + 1] - lifted[at]);
    return (at + Math.min(Math.max(share, 0), 1)) / last;
  };
}

/** @param {number} x @param {number} by */
function movedBlack(x, by) {
  return Math.max(by >= 0 ? x + by * (1 - x) : (x + by) / (1 + by), 0);
}
