// Adjustments turned as a photo is stored, and for pixels of its profile.

import { turnBack } from "../photo/orientation.js";
import { exact } from "../photo/rgb_space.js";
import { unbounded } from "./in_srgb.js";

/** @typedef {import("./kinds.js").Adjustment} Adjustment */

/**
 * The same adjustment for a photo stored with this EXIF orientation.
 * @param {Adjustment} adjustment of the upright photo
 * @param {number} orientation 1 to 8
 * @returns {Adjustment}
 */
export function oriented(adjustment, orientation) {
  switch (adjustment.kind) {
    case "light_grid": {
      const [data, rows, columns] = turned(adjustment.gains, adjustment.shape, 1, orientation);
      return { ...adjustment, gains: data, shape: [rows, columns, adjustment.shape[2]] };
    }
    case "bilateral_grid": {
      const [data, rows, columns] = turned(adjustment.cells, adjustment.shape, 12, orientation);
      return { ...adjustment, cells: data, shape: [rows, columns, adjustment.shape[2]] };
    }
    case "curve_map": return orientedCurves(adjustment, orientation);
    case "hue_kept":
    case "scaled":
    case "in_srgb":
      return { ...adjustment, adjustment: oriented(adjustment.adjustment, orientation) };
    case "chain": return { ...adjustment,
      adjustments: adjustment.adjustments.map((link) => oriented(link, orientation)) };
    default: return adjustment;
  }
}

/**
 * @param {Float32Array} data
 * @param {[number, number, number]} shape
 * @param {number} depth numbers of each bin
 * @param {number} orientation
 * @returns {[Float32Array, number, number]}
 */
function turned(data, [rows, columns, bins], depth, orientation) {
  const { data: back, height, width } = turnBack(
    { data, height: rows, width: columns, depth: bins * depth }, orientation);
  return [back, height, width];
}

/**
 * @param {import("./kinds.js").CurveMap} curves
 * @param {number} orientation
 * @returns {import("./kinds.js").CurveMap}
 */
function orientedCurves(curves, orientation) {
  const [count, rows, columns] = curves.shape;
  const length = 3 * rows * columns;
  const maps = new Float32Array(curves.maps.length);
  let sides = [rows, columns];
  for (let n = 0; n < count; n++) {
    const one = { data: curves.maps.subarray(n * length, (n + 1) * length), height: rows,
      width: columns, depth: 3 };
    const { data, height, width } = turnBack(one, orientation);
    maps.set(data, n * length);
    sides = [height, width];
  }
  return { ...curves, maps, shape: [count, sides[0], sides[1]] };
}

/**
 * The same adjustment for pixels of another RGB than sRGB.
 * @param {Adjustment} adjustment
 * @param {import("../photo/rgb_space.js").RgbSpace | null} space null: sRGB, or nearly
 * @returns {Adjustment}
 */
export function inSpace(adjustment, space) {
  if (!space) return adjustment;
  return { kind: "in_srgb", adjustment, space: unbounded(adjustment) ? space : exact(space) };
}
