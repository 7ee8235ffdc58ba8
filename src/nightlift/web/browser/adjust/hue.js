// Hue kept: the twin of nightlift.adjust.hue.

import { clipped } from "./kinds.js";

export const LEAST_SPREAD = 2e-5;

/**
 * `after` with its channels in the order and at the proportions of `before`, a row of each.
 * @param {Float32Array} before
 * @param {Float32Array} after changed in place
 */
export function keepHue(before, after) {
  for (let at = 0; at < before.length; at += 3) {
    const least = Math.min(before[at], before[at + 1], before[at + 2]);
    const greatest = Math.max(before[at], before[at + 1], before[at + 2]);
    if (greatest - least <= LEAST_SPREAD) continue;
    let low = 2, high = -1;
    for (let i = at; i < at + 3; i++) {
      if (before[i] - least <= LEAST_SPREAD) low = Math.min(low, after[i]);
      if (greatest - before[i] <= LEAST_SPREAD) high = Math.max(high, after[i]);
    }
    if (low > high) [low, high] = [high, low];
    for (let i = at; i < at + 3; i++)
      after[i] = clipped(low + (before[i] - least) / (greatest - least) * (high - low));
  }
}

/**
 * @param {import("./kinds.js").Stage} inner
 * @param {import("./kinds.js").Frame} frame
 * @returns {import("./kinds.js").Stage}
 */
export function hueKept(inner, { columns }) {
  const before = new Float32Array(3 * columns);
  return {
    row(rgb, y) {
      before.set(rgb);
      inner.row(rgb, y);
      keepHue(before, rgb);
    },
  };
}
