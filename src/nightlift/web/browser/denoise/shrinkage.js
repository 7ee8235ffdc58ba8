// Windows of 8 × 8 go through the cosine transform, and what noise explains is taken from their
// coefficients: the twin of nightlift.denoise.definition, a row of windows at a time.

import { PATCH, deviationsAlong } from "./place.js";
import { FastWindows } from "./fast_windows.js";
import { kernel } from "./kernel.js";
import { SIDE, Windows } from "./windows.js";

const STEPS = [2, 4]; // rows from window to window, of luma and chroma

/** The weight of a scale that is left as it is. */
export const NOTHING = 1e30;

/**
 * Add to planes what shrinking their windows changes.
 * @param {Float32Array[]} planes one of luma, or two of chroma; not changed
 * @param {Float32Array[]} into as many, that the change is added to
 * @param {Float32Array} luma
 * @param {import("./place.js").Plan} plan
 * @param {number} component 0 luma, 1 chroma
 * @param {number} scale
 * @param {import("../adjust/axis.js").Frame} frame where the planes lie at this scale; `top` is a
 *   multiple of 4, `height` and `width` are those of the photo at its full size
 */
export function shrink(planes, into, luma, plan, component, scale, frame) {
  const { rows: height, columns: width } = frame;
  const weights = plan.weights[scale][component];
  if (weights[1] === Math.fround(NOTHING)) return;
  const step = STEPS[component];
  const padded = width + 2 * SIDE;
  const copies = planes.map((plane) => rowsOf(plane, height, width));
  const brightness = rowsOf(luma, height, width);
  const fast = kernel();
  const windows = fast ? new FastWindows(fast, planes.length, padded, weights, plan.softness)
    : new Windows(planes.length, padded, weights, plan.softness);
  const along = patches(padded).map((column) => frame.left + column);
  for (let top = -SIDE; top <= height; top += step) {
    const deviations = deviationsAlong(plan, component, frame.top + top + 3, along, scale, frame);
    windows.load(copies, brightness, top);
    windows.shrink(deviations);
    windows.spread();
    windows.finish(into, step, height, width);
  }
}

/** The middles of the patches that windows of a padded row lie in. @param {number} padded */
function patches(padded) {
  return Array.from({ length: Math.ceil(padded / PATCH) },
    (_, patch) => patch * PATCH - SIDE + PATCH / 2 + 3);
}

/**
 * A function that copies a row, reflected beyond the edges, into a buffer with 8 more on each side.
 * @param {Float32Array} plane
 * @param {number} height
 * @param {number} width
 * @returns {(into: Float32Array, at: number, row: number) => void}
 */
function rowsOf(plane, height, width) {
  return (into, at, row) => {
    const from = reflected(row, height) * width;
    into.set(plane.subarray(from, from + width), at + SIDE);
    for (let i = 1; i <= SIDE; i++) {
      into[at + SIDE - i] = plane[from + reflected(-i, width)];
      into[at + SIDE + width - 1 + i] = plane[from + reflected(width - 1 + i, width)];
    }
  };
}

/** An index beyond the ends, as NumPy pads symmetrically. @param {number} i @param {number} length */
function reflected(i, length) {
  const period = 2 * length;
  const inside = ((i % period) + period) % period;
  return inside < length ? inside : period - 1 - inside;
}
