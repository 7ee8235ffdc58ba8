// Adjustments made ready for photos of one size, and applied to their pixels.

import { bilateralGrid } from "./bilateral_grid.js";
import { curveMap } from "./curve_map.js";
import { develop, developing } from "./develop.js";
import { hueKept } from "./hue.js";
import { beyond, inSrgb } from "./in_srgb.js";
import { lifting, lightGrid } from "./light_grid.js";
import { lut3d } from "./lut3d.js";
import { toneTable } from "./tone_table.js";

/** @typedef {import("./kinds.js").Adjustment} Adjustment */
/** @typedef {import("./kinds.js").Frame} Frame */
/** @typedef {import("./kinds.js").Stage} Stage */

/**
 * What an adjustment does to each row of a part of a photo.
 * @param {Adjustment} adjustment in the photo's stored order
 * @param {Frame} frame
 * @returns {Stage}
 */
export function stageOf(adjustment, frame) {
  switch (adjustment.kind) {
    case "light_grid": return lightGrid(adjustment, frame);
    case "tone_table": return toneTable(adjustment);
    case "curve_map": return curveMap(adjustment, frame);
    case "bilateral_grid": return bilateralGrid(adjustment, frame);
    case "lut3d": return lut3d(adjustment);
    case "develop": return develop(adjustment);
    case "in_srgb": return inSrgb(unclipped(adjustment.adjustment, frame), adjustment.space);
    case "hue_kept": return hueKept(stageOf(adjustment.adjustment, frame), frame);
    case "scaled": return scaled(stageOf(adjustment.adjustment, frame), adjustment.strength, frame);
    case "chain": return chained(adjustment.adjustments.map((link) => stageOf(link, frame)));
  }
}

/**
 * The same for pixels with values beyond 0 and 1, which colors outside sRGB have.
 * @param {Adjustment} adjustment
 * @param {Frame} frame
 * @returns {Stage}
 */
function unclipped(adjustment, frame) {
  switch (adjustment.kind) {
    case "scaled": return scaled(unclipped(adjustment.adjustment, frame), adjustment.strength, frame);
    case "chain": return chained(adjustment.adjustments.map((link) => unclipped(link, frame)));
    case "light_grid": return { row: lifting(adjustment, frame) };
    case "develop": return developing(adjustment);
    default: return beyond(stageOf(adjustment, frame), frame);
  }
}

/** @param {Stage[]} stages @returns {Stage} */
function chained(stages) {
  return {
    row(rgb, y) {
      for (const stage of stages) stage.row(rgb, y);
    },
  };
}

/**
 * A strength above 1 ends at 0 and 1, or at what is beyond those anyway.
 * @param {Stage} inner
 * @param {number} strength
 * @param {Frame} frame
 * @returns {Stage}
 */
function scaled(inner, strength, { columns }) {
  const before = new Float32Array(3 * columns);
  return {
    row(rgb, y) {
      before.set(rgb);
      inner.row(rgb, y);
      for (let i = 0; i < rgb.length; i++) {
        const x = before[i], after = rgb[i];
        const mixed = x + strength * (after - x);
        rgb[i] = Math.min(Math.max(mixed, Math.min(x, after, 0)), Math.max(x, after, 1));
      }
    },
  };
}

const CODES = Float32Array.from({ length: 256 }, (_, code) => code / 255);

/**
 * Adjust pixels in place: clip(x + strength · (f(x) - x)), rounded once; opacity stays.
 * @param {Uint8ClampedArray} rgba
 * @param {Adjustment} adjustment in the photo's stored order
 * @param {Frame} frame where the pixels lie in their photo
 * @param {number} strength
 */
export function apply(rgba, adjustment, frame, strength = 1) {
  if (strength === 0) return;
  const stage = stageOf(fade(adjustment, strength), frame);
  const row = new Float32Array(3 * frame.columns);
  for (let y = 0; y < frame.rows; y++) {
    const from = 4 * frame.columns * y;
    for (let i = 0, at = from; i < row.length; i += 3, at += 4) {
      row[i] = CODES[rgba[at]];
      row[i + 1] = CODES[rgba[at + 1]];
      row[i + 2] = CODES[rgba[at + 2]];
    }
    stage.row(row, frame.top + y);
    for (let i = 0, at = from; i < row.length; i += 3, at += 4) {
      rgba[at] = row[i] * 255 + 0.5 | 0;
      rgba[at + 1] = row[i + 1] * 255 + 0.5 | 0;
      rgba[at + 2] = row[i + 2] * 255 + 0.5 | 0;
    }
  }
}

/**
 * The adjustment at a strength, which counts in sRGB.
 * @param {Adjustment} adjustment
 * @param {number} strength
 * @returns {Adjustment}
 */
export function fade(adjustment, strength) {
  if (strength === 1) return adjustment;
  if (adjustment.kind === "in_srgb")
    return { ...adjustment, adjustment: fade(adjustment.adjustment, strength) };
  return { kind: "scaled", adjustment, strength };
}
