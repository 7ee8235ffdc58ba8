// A lifted photo without its noise: a part of it by itself, or all of it in strips.

import { whole } from "../adjust/axis.js";
import { PATCH, deviationAt, deviationsAlong } from "./place.js";
import { knotted } from "../photo/rgb_space.js";
import { addEnlarged, apart, halved, valuesOf } from "./planes.js";
import { shrink } from "./shrinkage.js";

/** @typedef {import("../adjust/axis.js").Frame} Frame */
/** @typedef {import("./place.js").Plan} Plan */
/** @typedef {import("./planes.js").Planes} Planes */
/** @typedef {import("../photo/rgb_space.js").Tone | null} Tone null: sRGB's */

/** Rows and columns around a part that its result depends on, at most. */
export const REACH = 128;

/** Half a step of 16 bits. */
const UNSEEN = 0.5 / 65535;

/** Rows around a strip that its finest scale depends on. */
export const HALO = 8;

/**
 * Take the noise from a part of a photo; what lies within `REACH` of its edges, where those are not
 * the photo's, is nearly right.
 * @param {Uint8ClampedArray} rgba lifted; changed in place
 * @param {Frame} frame its top and left are multiples of 32
 * @param {Plan} plan
 * @param {Tone} tone of the pixels
 */
export function denoise(rgba, frame, plan, tone) {
  const own = apart(rgba, frame.rows, frame.columns, tone);
  const coarse = changeAt(halved(own), 1, frame, plan);
  finish(rgba, own, changeOf(own, coarse, 0, 0, frame, plan), frame, 0, plan, tone);
}

/**
 * What the coarse scales change in all of a photo, at half its size.
 * @param {Uint8ClampedArray} rgba the lifted photo
 * @param {{ height: number, width: number }} photo
 * @param {Plan} plan
 * @param {Tone} tone
 * @returns {Planes}
 */
export function coarseChange(rgba, photo, plan, tone) {
  return changeAt(halfOf(rgba, photo, tone), 1, whole(photo), plan);
}

/**
 * Rows of a photo without noise.
 * @param {Uint8ClampedArray} rgba lifted rows of a frame that is as wide as the photo, with `HALO`
 *   around those wanted
 * @param {Frame} frame its top is a multiple of 4
 * @param {{ top: number, bottom: number }} wanted
 * @param {Planes} coarse
 * @param {Plan} plan
 * @param {Tone} tone
 * @returns {Uint8ClampedArray} RGBA
 */
export function denoisedRows(rgba, frame, { top, bottom }, coarse, plan, tone) {
  const own = apart(rgba, frame.rows, frame.columns, tone);
  const change = changeOf(own, coarse, frame.top, 0, frame, plan);
  const skipped = top - frame.top;
  const out = rgba.slice(4 * skipped * frame.columns, 4 * (bottom - frame.top) * frame.columns);
  finish(out, own, change, { ...frame, top, rows: bottom - top }, skipped, plan, tone);
  return out;
}

/** Planes at half the size, without those of the whole. */
/**
 * @param {Uint8ClampedArray} rgba
 * @param {{ height: number, width: number }} photo
 * @param {Tone} tone
 * @returns {Planes}
 */
function halfOf(rgba, { height, width }, tone) {
  const sides = { height: Math.ceil(height / 2), width: Math.ceil(width / 2) };
  const planes = [0, 1, 2].map(() => new Float32Array(sides.height * sides.width));
  for (let row = 0; row < sides.height; row++) {
    const rows = Math.min(2, height - 2 * row);
    const two = rgba.subarray(8 * row * width, 8 * row * width + 4 * rows * width);
    halved(apart(two, rows, width, tone)).planes.forEach((plane, i) =>
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
 * @param {Tone} tone
 */
function finish(rgba, own, change, frame, skipped, plan, tone) {
  const { columns } = frame;
  const across = Array.from({ length: Math.ceil(columns / PATCH) },
    (_, i) => frame.left + i * PATCH + PATCH / 2);
  for (let row = 0; row < frame.rows; row++) {
    const noise = [0, 1].map((component) =>
      deviationsAlong(plan, component, frame.top + row, across, 0, frame));
    const from = (skipped + row) * columns;
    finishRow(rgba.subarray(4 * row * columns, 4 * (row + 1) * columns), from, own.planes[0], change,
      noise, plan, tone);
  }
}

/**
 * @param {Uint8ClampedArray} rgba
 * @param {number} from where the row begins in the planes
 * @param {Float32Array} luma
 * @param {Float32Array[]} change
 * @param {Float32Array[]} noise
 * @param {Plan} plan
 * @param {Tone} tone
 */
function finishRow(rgba, from, luma, change, noise, { amounts, reach }, tone) {
  const [lumaNoise, chromaNoise] = noise;
  const [first, second, third] = change;
  const [amount, amountOfColor] = amounts;
  const [reds, greens, blues] = valuesOf(tone);
  const changed = tone ? through(tone) : plainly;
  for (let x = 0, at = from; 4 * x < rgba.length; x++, at++) {
    const place = Math.trunc(x / PATCH);
    const toward = luma[at] + Math.max(first[at], 0) / 2;  // a black speck has no noise of its own
    const most = reach * deviationAt(lumaNoise, place, toward);
    const mostOfColor = reach * deviationAt(chromaNoise, place, toward);
    const lighter = amount * within(first[at], most);
    const green = amountOfColor * within(second[at], mostOfColor);
    const orange = amountOfColor * within(third[at], mostOfColor);
    const rest = lighter - green;
    rgba[4 * x] = changed(reds, rgba[4 * x], rest + orange, 0);
    rgba[4 * x + 1] = changed(greens, rgba[4 * x + 1], lighter + green, 1);
    rgba[4 * x + 2] = changed(blues, rgba[4 * x + 2], rest - orange, 2);
  }
}

/** @param {number} value @param {number} bound */
const within = (value, bound) => (value > bound ? bound : value < -bound ? -bound : value);

/**
 * The code of what another one stands for, changed.
 * @typedef {(values: Float32Array, code: number, change: number, channel: number) => number} Changed
 */

/** @type {Changed} */
const plainly = (values, code, change) => rounded(values[code] + change);

/**
 * The same for another tone curve; what is no noise stays what it is.
 * @param {import("../photo/rgb_space.js").Tone} tone
 * @returns {Changed}
 */
const through = ({ back }) => (values, code, change, channel) =>
  (Math.abs(change) < UNSEEN ? code : rounded(knotted(back, channel, values[code] + change)));

/** @param {number} value */
const rounded = (value) => (value <= 0 ? 0 : value >= 1 ? 255 : Math.trunc(value * 255 + 0.5));
