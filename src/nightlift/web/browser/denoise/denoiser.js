// A lifted photo without its noise: a part of it by itself, or all of it in strips.

import { whole } from "../adjust/axis.js";
import { PATCH, deviationAt, deviationsAlong } from "./place.js";
import { addEnlarged, apart, halved } from "./planes.js";
import { shrink } from "./shrinkage.js";

/** @typedef {import("../adjust/axis.js").Frame} Frame */
/** @typedef {import("./place.js").Plan} Plan */
/** @typedef {import("./planes.js").Planes} Planes */

/** Rows and columns around a part that its result depends on, at most. */
export const REACH = 128;

/** Rows around a strip that its finest scale depends on. */
export const HALO = 8;

/**
 * Take the noise from a part of a photo; what lies within `REACH` of its edges, where those are not
 * the photo's, is nearly right.
 * @param {Uint8ClampedArray} rgba lifted; changed in place
 * @param {Frame} frame its top and left are multiples of 32
 * @param {Plan} plan
 */
export function denoise(rgba, frame, plan) {
  const own = apart(rgba, frame.rows, frame.columns);
  const coarse = changeAt(halved(own), 1, frame, plan);
  finish(rgba, own, changeOf(own, coarse, 0, 0, frame, plan), frame, 0, plan);
}

/**
 * What the coarse scales change in all of a photo, at half its size.
 * @param {Uint8ClampedArray} rgba the lifted photo
 * @param {{ height: number, width: number }} photo
 * @param {Plan} plan
 * @returns {Planes}
 */
export function coarseChange(rgba, photo, plan) {
  return changeAt(halfOf(rgba, photo), 1, whole(photo), plan);
}

/**
 * Rows of a photo without noise.
 * @param {Uint8ClampedArray} rgba lifted rows of a frame that is as wide as the photo, with `HALO`
 *   around those wanted
 * @param {Frame} frame its top is a multiple of 4
 * @param {{ top: number, bottom: number }} wanted
 * @param {Planes} coarse
 * @param {Plan} plan
 * @returns {Uint8ClampedArray} RGBA
 */
export function denoisedRows(rgba, frame, { top, bottom }, coarse, plan) {
  const own = apart(rgba, frame.rows, frame.columns);
  const change = changeOf(own, coarse, frame.top, 0, frame, plan);
  const skipped = top - frame.top;
  const out = rgba.slice(4 * skipped * frame.columns, 4 * (bottom - frame.top) * frame.columns);
  finish(out, own, change, { ...frame, top, rows: bottom - top }, skipped, plan);
  return out;
}

/** Planes at half the size, without those of the whole. */
/** @param {Uint8ClampedArray} rgba @param {{ height: number, width: number }} photo @returns {Planes} */
function halfOf(rgba, { height, width }) {
  const sides = { height: Math.ceil(height / 2), width: Math.ceil(width / 2) };
  const planes = [0, 1, 2].map(() => new Float32Array(sides.height * sides.width));
  for (let row = 0; row < sides.height; row++) {
    const rows = Math.min(2, height - 2 * row);
    const two = rgba.subarray(8 * row * width, 8 * row * width + 4 * rows * width);
    halved(apart(two, rows, width)).planes.forEach((plane, i) =>
      planes[i].set(plane, row * sides.width));
  }
  return { planes, ...sides };
}

/**
 * What a scale and the coarser ones change.
 * @param {Planes} own
 * @param {number} scale
 * @param {Frame} frame at the photo's full size
 * @param {Plan} plan
 * @returns {Planes}
 */
function changeAt(own, scale, frame, plan) {
  const coarser = scale + 1 < plan.weights.length ? changeAt(halved(own), scale + 1, frame, plan) : null;
  return { ...own, planes: changeOf(own, coarser, 0, scale, frame, plan) };
}

/**
 * @param {Planes} own
 * @param {Planes | null} coarser the change of the next scale
 * @param {number} first where `own` begins in what `coarser` covers, in rows of this scale
 * @param {number} scale
 * @param {Frame} frame at the photo's full size
 * @param {Plan} plan
 * @returns {Float32Array[]}
 */
function changeOf({ planes, height, width }, coarser, first, scale, frame, plan) {
  const change = planes.map((plane) => new Float32Array(plane.length));
  if (coarser) change.forEach((plane, i) =>
    addEnlarged(plane, first, width, coarser.planes[i], coarser));
  const now = planes.map((plane, i) => sumOf(plane, change[i]));
  const here = { ...frame, top: frame.top >> scale, left: frame.left >> scale, rows: height,
    columns: width };
  shrink([now[0]], [change[0]], now[0], plan, 0, scale, here);
  shrink([now[1], now[2]], [change[1], change[2]], now[0], plan, 1, scale, here);
  return change;
}

/** @param {Float32Array} plane @param {Float32Array} change */
function sumOf(plane, change) {
  const out = new Float32Array(plane.length);
  for (let at = 0; at < out.length; at++) out[at] = plane[at] + change[at];
  return out;
}

/**
 * Apply the change, no pixel by more than its noise explains.
 * @param {Uint8ClampedArray} rgba of the frame
 * @param {Planes} own
 * @param {Float32Array[]} change
 * @param {Frame} frame
 * @param {number} skipped rows of the planes before the frame's
 * @param {Plan} plan
 */
function finish(rgba, own, change, frame, skipped, plan) {
  const { columns } = frame;
  const across = Array.from({ length: Math.ceil(columns / PATCH) },
    (_, i) => frame.left + i * PATCH + PATCH / 2);
  for (let row = 0; row < frame.rows; row++) {
    const noise = [0, 1].map((component) =>
      deviationsAlong(plan, component, frame.top + row, across, 0, frame));
    const from = (skipped + row) * columns;
    finishRow(rgba.subarray(4 * row * columns, 4 * (row + 1) * columns), from, own.planes[0], change,
      noise, plan);
  }
}

/**
 * @param {Uint8ClampedArray} rgba
 * @param {number} from where the row begins in the planes
 * @param {Float32Array} luma
 * @param {Float32Array[]} change
 * @param {Float32Array[]} noise
 * @param {Plan} plan
 */
function finishRow(rgba, from, luma, change, noise, { amount, reach }) {
  const [lumaNoise, chromaNoise] = noise;
  const [first, second, third] = change;
  for (let x = 0, at = from; 4 * x < rgba.length; x++, at++) {
    const place = Math.trunc(x / PATCH);
    const most = reach * deviationAt(lumaNoise, place, luma[at]);
    const mostOfColor = reach * deviationAt(chromaNoise, place, luma[at]);
    const lighter = amount * within(first[at], most);
    const green = amount * within(second[at], mostOfColor);
    const orange = amount * within(third[at], mostOfColor);
    const rest = lighter - green;
    rgba[4 * x] = rounded(rgba[4 * x] / 255 + (rest + orange));
    rgba[4 * x + 1] = rounded(rgba[4 * x + 1] / 255 + (lighter + green));
    rgba[4 * x + 2] = rounded(rgba[4 * x + 2] / 255 + (rest - orange));
  }
}

/** @param {number} value @param {number} bound */
const within = (value, bound) => (value > bound ? bound : value < -bound ? -bound : value);

/** @param {number} value */
const rounded = (value) => (value <= 0 ? 0 : value >= 1 ? 255 : Math.trunc(value * 255 + 0.5));
