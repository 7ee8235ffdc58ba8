// Adjustments on pixels whose RGB is not sRGB: the twin of nightlift.adjust.in_srgb.

import { recoding } from "../photo/rgb_space.js";
import { clipped } from "./kinds.js";

/** @typedef {import("./kinds.js").Stage} Stage */

/**
 * @param {Stage} inner on pixels in sRGB, whose values may go beyond 0 and 1
 * @param {import("../photo/rgb_space.js").RgbSpace} space
 * @returns {Stage}
 */
export function inSrgb(inner, space) {
  const there = recoding(space.toSrgb);
  const back = recoding(space.fromSrgb);
  return {
    row(rgb, y) {
      there(rgb);
      inner.row(rgb, y);
      back(rgb);
      for (let i = 0; i < rgb.length; i++) rgb[i] = clipped(rgb[i]);
    },
  };
}

/**
 * Whether an adjustment does beyond 0 and 1 what it does within.
 * @param {import("./kinds.js").Adjustment} adjustment
 * @returns {boolean}
 */
export function unbounded(adjustment) {
  switch (adjustment.kind) {
    case "light_grid":
    case "develop": return true;
    case "scaled": return unbounded(adjustment.adjustment);
    case "chain": return adjustment.adjustments.every(unbounded);
    default: return false;
  }
}

/**
 * Acts on the nearest color within 0 and 1, and adds the difference.
 * @param {Stage} inner
 * @param {import("./kinds.js").Frame} frame
 * @returns {Stage}
 */
export function beyond(inner, { columns }) {
  const outside = new Float32Array(3 * columns);
  return {
    row(rgb, y) {
      for (let i = 0; i < rgb.length; i++) {
        const inside = clipped(rgb[i]);
        outside[i] = rgb[i] - inside;
        rgb[i] = inside;
      }
      inner.row(rgb, y);
      for (let i = 0; i < rgb.length; i++) rgb[i] += outside[i];
    },
  };
}
