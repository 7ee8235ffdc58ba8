// What is to be done to a photo, decided from small copies of it: the twin of nightlift.edit.

import { oriented } from "../adjust/oriented.js";
import { measure } from "../denoise/measurement.js";
import { blackLevel } from "../denoise/noise.js";
import { grain, planOf, visible } from "../denoise/plan.js";
import { slopes } from "../denoise/slopes.js";
import { smaller } from "../denoise/noise.js";
import { smallCopy } from "../photo/small_copy.js";
import { NEUTRAL, developOf, isNeutral } from "./controls.js";
import { darkNotices } from "./darkness.js";
import { gated } from "./gate.js";
import { predict } from "./models.js";

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("../photo/decode.js").Decoded} Decoded */
/** @typedef {import("../denoise/noise.js").Noise} Noise */
/** @typedef {import("../../static/types.js").Settings} Settings */

const GATE_SIDE = 256;

/**
 * @typedef {object} Estimate
 * @property {Adjustment} adjustment of the upright photo, in sRGB
 * @property {number} gate
 * @property {string[]} notices
 */

/** @typedef {{ noise: Noise, gateCopy: import("../photo/small_copy.js").Small }} Looks */

/** What every method needs of a photo. @param {Decoded} photo @returns {Looks} */
export function lookAt(photo) {
  return { noise: measure(photo), gateCopy: smallCopy(photo, { longSide: GATE_SIDE }) };
}

/**
 * @param {Decoded} photo
 * @param {Looks} looks
 * @param {import("./models.js").Passport} passport
 * @param {import("./models.js").Run} run
 * @returns {Promise<Estimate>}
 */
export async function estimate(photo, { noise, gateCopy }, passport, run) {
  const said = await predict(passport, run, smallCopy(photo, passport.size));
  const adjustment = said.kind === "light_grid" ? { ...said, black: blackLevel(noise) } : said;
  const { gate, notices } = gated(gateCopy, () => adjustment, passport.method);
  const told = notices.length ? notices : darkNotices(gateCopy, adjustment, noise);
  return { adjustment, gate, notices: told };
}

/**
 * All that is to be done to pixels: an adjustment at a strength, in stored order and in sRGB, and
 * what is taken of noise afterwards.
 * @typedef {object} Edit
 * @property {Adjustment | null} adjustment
 * @property {number} strength
 * @property {import("../denoise/place.js").Plan | null} plan
 */

/**
 * @param {Estimate} estimate
 * @param {Settings} settings
 * @param {{ orientation: number }} photo
 * @param {Noise} noise of the photo at its own size
 * @param {number} factor how many times smaller the pixels are that it is for
 * @returns {Edit}
 */
export function editOf(estimate, settings, photo, noise, factor = 1) {
  const { adjustment, strength } = pipeline(estimate, settings);
  if (!adjustment) return { adjustment, strength, plan: null };
  const turned = oriented(adjustment, photo.orientation);
  const own = factor > 1 ? smaller(noise, factor) : noise;
  return { adjustment: turned, strength, plan: planFor(turned, strength, own, settings) };
}

/**
 * @param {Adjustment} adjustment
 * @param {number} strength
 * @param {Noise} noise
 * @param {Settings} settings
 */
function planFor(adjustment, strength, noise, { denoise, denoise_amount: amount }) {
  if (denoise === "off" || amount === 0) return null;
  const steep = slopes(adjustment, strength);
  if (denoise === "auto" && !visible(noise, steep)) return null;
  return planOf(noise, steep, amount, denoise === "auto" ? grain(noise) : 0);
}

/**
 * One adjustment for all that acts on each pixel alone; null where nothing is to be done.
 * @param {Estimate} estimate
 * @param {Settings} settings
 * @returns {{ adjustment: Adjustment | null, strength: number }}
 */
function pipeline({ adjustment, gate }, settings) {
  const amount = settings.strength ?? gate;
  const lift = amount === 0 ? null : adjustment;
  const controls = /** @type {import("./controls.js").Controls} */ (Object.fromEntries(
    Object.keys(NEUTRAL).map((name) => [name, settings[/** @type {keyof Settings} */ (name)]])));
  if (isNeutral(controls)) return { adjustment: lift, strength: amount };
  const last = developOf(controls);
  if (!lift) return { adjustment: last, strength: 1 };
  const first = amount === 1 ? lift
    : /** @type {Adjustment} */ ({ kind: "scaled", adjustment: lift, strength: amount });
  return { adjustment: { kind: "chain", adjustments: [first, last] }, strength: 1 };
}
