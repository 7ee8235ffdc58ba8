// A lifted photo without its noise: the coarse scales as a whole, the finest one in strips.

import { PATCH, deviationAt, deviationsAlong } from "./place.js";
import { addEnlarged, apart, halved } from "./planes.js";
import { shrink } from "./shrinkage.js";

/** @typedef {import("./place.js").Plan} Plan */
/** @typedef {import("./planes.js").Planes} Planes */
/** @typedef {import("./place.js").Size} Size */

/** Rows around a strip that its finest scale depends on. */
export const HALO = 8;

/**
 * What the coarse scales change, at half the photo's size.
 * @param {Uint8ClampedArray} rgba the lifted photo
 * @param {Size} size
 * @param {Plan} plan
 * @returns {Planes}
 */
export function coarseChange(rgba, size, plan) {
  return changeAt(halfOf(rgba, size), 1, size, plan);
}

/** Planes at half the size, without those of the whole. */
/** @param {Uint8ClampedArray} rgba @param {Size} size @returns {Planes} */
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
 * @param {Size} size
 * @param {Plan} plan
 * @returns {Planes}
 */
function changeAt(own, scale, size, plan) {
  const coarser = scale + 1 < plan.weights.length ? changeAt(halved(own), scale + 1, size, plan) : null;
  const change = changeOf(own, coarser, { scale, first: 0, size }, plan);
  return { ...own, planes: change };
}

/**
 * @param {Planes} own rows of a scale
 * @param {Planes | null} coarser the change of the next one, whole
 * @param {{ scale: number, first: number, size: Size }} place
 * @param {Plan} plan
 * @returns {Float32Array[]}
 */
function changeOf({ planes, height, width }, coarser, { scale, first, size }, plan) {
  const change = planes.map((plane) => new Float32Array(plane.length));
  if (coarser) change.forEach((plane, i) =>
    addEnlarged(plane, first, width, coarser.planes[i], coarser));
  const now = planes.map((plane, i) => plane.map((value, at) => value + change[i][at]));
  const at = { scale, first, height, width, size };
  shrink([now[0]], [change[0]], now[0], plan, { ...at, component: 0 });
  shrink([now[1], now[2]], [change[1], change[2]], now[0], plan, { ...at, component: 1 });
  return change;
}

/**
 * Rows of the photo without noise.
 * @param {Uint8ClampedArray} rgba lifted rows from `first` on, with `HALO` around those wanted
 * @param {{ first: number, top: number, bottom: number }} rows `first` a multiple of 4
 * @param {Planes} coarse
 * @param {Size} size
 * @param {Plan} plan
 * @returns {Uint8ClampedArray} RGBA of rows `top` to `bottom`
 */
export function denoisedRows(rgba, { first, top, bottom }, coarse, size, plan) {
  const { width } = size;
  const own = apart(rgba, rgba.length / (4 * width), width);
  const change = changeOf(own, coarse, { scale: 0, first, size }, plan);
  const out = rgba.slice(4 * (top - first) * width, 4 * (bottom - first) * width);
  for (let row = top; row < bottom; row++)
    finish(out.subarray(4 * (row - top) * width), (row - first) * width, row, own, change, size, plan);
  return out;
}

/**
 * Apply the change of one row, no pixel by more than its noise explains.
 * @param {Uint8ClampedArray} rgba
 * @param {number} from where the row begins in the planes
 * @param {number} row
 * @param {Planes} own
 * @param {Float32Array[]} change
 * @param {Size} size
 * @param {Plan} plan
 */
function finish(rgba, from, row, own, change, size, plan) {
  const { width } = size;
  const across = Array.from({ length: Math.ceil(width / PATCH) }, (_, i) => i * PATCH + PATCH / 2);
  const noise = [0, 1].map((component) => deviationsAlong(plan, component, row, across, 0, size));
  const { amount, reach } = plan;
  for (let x = 0, at = from; x < width; x++, at++) {
    const place = Math.trunc(x / PATCH);
    const bounds = [reach * deviationAt(noise[0], place, own.planes[0][at]),
      reach * deviationAt(noise[1], place, own.planes[0][at])];
    const luma = amount * within(change[0][at], bounds[0]);
    const green = amount * within(change[1][at], bounds[1]);
    const orange = amount * within(change[2][at], bounds[1]);
    const rest = luma - green;
    rgba[4 * x] = rounded(rgba[4 * x] / 255 + (rest + orange));
    rgba[4 * x + 1] = rounded(rgba[4 * x + 1] / 255 + (luma + green));
    rgba[4 * x + 2] = rounded(rgba[4 * x + 2] / 255 + (rest - orange));
  }
}

/** @param {number} value @param {number} bound */
const within = (value, bound) => (value > bound ? bound : value < -bound ? -bound : value);

/** @param {number} value */
const rounded = (value) => (value <= 0 ? 0 : value >= 1 ? 255 : Math.trunc(value * 255 + 0.5));
