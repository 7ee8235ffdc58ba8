// What can be set, in which words, and where it stands when nothing is set.

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Offer} Offer */

/** @typedef {"exposure" | "highlights" | "shadows" | "black" | "warmth" | "tint" | "saturation"} ControlName */

/**
 * @typedef {object} Control
 * @property {ControlName} name
 * @property {string} label
 * @property {number} most  The end of its scale, which begins at the negative of it.
 * @property {number} step
 * @property {(value: number) => string} say
 */

const signed = (/** @type {number} */ value) => (value > 0 ? `+${value}` : String(value).replace("-", "−"));
const stops = (/** @type {number} */ value) =>
  value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(2).replace(/0$/, "")} EV`;

/** @type {Record<"Light" | "Color", Control[]>} */
export const CONTROLS = {
  Light: [
    { name: "exposure", label: "Exposure", most: 3, step: 0.05, say: stops },
    { name: "highlights", label: "Highlights", most: 100, step: 1, say: signed },
    { name: "shadows", label: "Shadows", most: 100, step: 1, say: signed },
    { name: "black", label: "Black", most: 100, step: 1, say: signed },
  ],
  Color: [
    { name: "warmth", label: "Warmth", most: 100, step: 1, say: signed },
    { name: "tint", label: "Tint", most: 100, step: 1, say: signed },
    { name: "saturation", label: "Saturation", most: 100, step: 1, say: signed },
  ],
};

const NEUTRAL = { exposure: 0, highlights: 0, shadows: 0, black: 0, warmth: 0, tint: 0, saturation: 0 };

/** The plain choices: what the photo needs, or all of the lift and more light, white still white. */
export const LOOKS = {
  natural: { strength: null, exposure: 0, shadows: 0 },
  stronger: { strength: 1, exposure: 0.5, shadows: 25 },
};

/**
 * Whether settings are those of a plain choice.
 *
 * @param {Settings} settings
 * @param {keyof typeof LOOKS} name
 */
export const looks = (settings, name) => {
  const { strength, exposure, shadows } = settings;
  return JSON.stringify({ strength, exposure, shadows }) === JSON.stringify(LOOKS[name]);
};

/** What is done about noise, in a photographer's words. */
export const DENOISE = {
  off: "Never",
  auto: "Where it shows",
  fast: "Always",
  fine: "Always, finely (slow)",
};

/** Where a photo begins. @param {Offer} offer @returns {Settings} */
export function first({ methods, denoise }) {
  const method = recommended(methods);
  return { method, strength: null, denoise: denoise.includes("auto") ? "auto" : "off",
    denoise_amount: 1, ...NEUTRAL };
}

/** @param {Offer["methods"]} methods */
export const recommended = (methods) =>
  (methods.find((method) => method.recommended) ?? methods[0]).name;

/**
 * The same settings, with nothing of the lift but the editor's controls: what strength 0 leaves.
 *
 * @param {Settings} settings
 * @param {number} strength
 * @returns {Settings}
 */
export const at = (settings, strength) => ({ ...settings, strength });

/** Settings that change nothing. @param {Settings} settings @returns {Settings} */
export const untouched = ({ method, denoise }) =>
  ({ method, strength: 0, denoise, denoise_amount: 1, ...NEUTRAL });

/** @param {Settings} one @param {Settings} other */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
