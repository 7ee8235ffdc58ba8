// Patches of a photo at fixed places, at full size: the twin of nightlift.denoise.patches.

import { even } from "../photo/small_copy.js";

const SIDE = 64;
const MOST_DOWN = 8;
const MOST_ACROSS = 12;
const BLOCK = 8;

/** @typedef {{ data: Uint8ClampedArray, height: number, width: number }} Patch RGBA */

/** @param {Patch} photo @returns {Patch[]} evenly spread, rows first */
export function patchesOf({ data, height, width }) {
  const [rows, columns] = [Math.min(SIDE, height), Math.min(SIDE, width)];
  return starts(height, MOST_DOWN).flatMap((top) => starts(width, MOST_ACROSS).map((left) => {
    const patch = new Uint8ClampedArray(4 * rows * columns);
    for (let y = 0; y < rows; y++) {
      const from = 4 * ((top + y) * width + left);
      patch.set(data.subarray(from, from + 4 * columns), 4 * y * columns);
    }
    return { data: patch, height: rows, width: columns };
  }));
}

/** Where patches begin along a side. @param {number} length @param {number} most */
export function starts(length, most) {
  const size = Math.min(SIDE, length);
  const count = Math.min(most, Math.max(1, Math.floor((length - BLOCK / 2) / SIDE)));
  return Array.from({ length: count }, (_, i) => {
    const start = even((length - size) * (2 * i + 1) / (2 * count));
    return start ? Math.max(0, start - (((start - BLOCK / 2) % BLOCK) + BLOCK) % BLOCK) : 0;
  });
}
