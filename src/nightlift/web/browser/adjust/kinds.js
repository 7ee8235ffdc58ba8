// The kinds of adjustments as data, which go from worker to page as they are.

/** @typedef {import("./axis.js").Frame} Frame */

/**
 * Changes one row of a frame, 3 · columns values in [0, 1], in place; `y` counts from the photo's top.
 * @typedef {{ row: (rgb: Float32Array, y: number) => void }} Stage
 */

/**
 * Local gains in stops by place and brightness: (rows, columns, bins).
 * @typedef {object} LightGrid
 * @property {"light_grid"} kind
 * @property {Float32Array} gains
 * @property {[number, number, number]} shape
 * @property {number} color
 * @property {number} black
 */

/**
 * A curve for each of R, G, B: 256 knots of three values.
 * @typedef {{ kind: "tone_table", values: Float32Array }} ToneTable
 */

/**
 * Quadratic curves whose parameter varies from place to place: (maps, rows, columns, 3).
 * @typedef {object} CurveMap
 * @property {"curve_map"} kind
 * @property {Float32Array} maps
 * @property {[number, number, number]} shape
 * @property {number} steps
 * @property {"corners" | "half-pixel"} alignment
 */

/** @typedef {{ w1: Float32Array, b1: Float32Array, w2: Float32Array, b2: number }} Guide */

/**
 * Affine models by place and guide: (rows, columns, bins, 3, 4).
 * @typedef {object} BilateralGrid
 * @property {"bilateral_grid"} kind
 * @property {Float32Array} cells
 * @property {[number, number, number]} shape
 * @property {"affine" | "divide"} mode
 * @property {Guide | null} guide
 * @property {number} leastLight
 */

/**
 * Colors of `points` by as many by as many colors, red the fastest; `curves` of three channels, if
 * any, come first.
 * @typedef {object} Lut3D
 * @property {"lut3d"} kind
 * @property {Float32Array} cube
 * @property {number} points
 * @property {Float32Array | null} curves
 */

/** @typedef {{ kind: "hue_kept", adjustment: Adjustment }} HueKept */
/** @typedef {{ kind: "chain", adjustments: Adjustment[] }} Chain */
/** @typedef {{ kind: "scaled", adjustment: Adjustment, strength: number }} Scaled */

/**
 * What an editor's controls come to: a curve of 256 knots, a factor for each channel, saturation.
 * @typedef {object} Develop
 * @property {"develop"} kind
 * @property {Float32Array} curve
 * @property {Float32Array} balance
 * @property {number} saturation
 */

/**
 * An adjustment for pixels of another RGB than sRGB.
 * @typedef {object} InSrgb
 * @property {"in_srgb"} kind
 * @property {Adjustment} adjustment
 * @property {import("../photo/rgb_space.js").RgbSpace} space
 */

/**
 * @typedef {LightGrid | ToneTable | CurveMap | BilateralGrid | HueKept | Chain | Scaled | Develop
 *   | InSrgb | Lut3D} Adjustment
 */

export const KNOTS = 256;

/** Of R, G and B in luma. */
export const LUMA = [0.299, 0.587, 0.114];

/**
 * A value between the knots of a table whose knots lie `stride` apart.
 * @param {Float32Array} table
 * @param {number} value in [0, 1]
 * @param {number} stride
 * @param {number} offset
 * @returns {number}
 */
export function onKnots(table, value, stride, offset) {
  const at = value * (KNOTS - 1);
  const knot = Math.min(Math.trunc(at), KNOTS - 2);
  const low = table[knot * stride + offset];
  return low + (at - knot) * (table[(knot + 1) * stride + offset] - low);
}

/** @param {number} value @returns {number} */
export function clipped(value) {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
