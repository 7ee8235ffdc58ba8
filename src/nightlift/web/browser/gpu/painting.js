// Where pixels are adjusted: by the graphics processor where that is quicker and right, else here.

import { whole } from "../adjust/axis.js";
import { apply } from "../adjust/stages.js";
import { NEUTRAL, developOf } from "../edit/controls.js";
import { Painter } from "./painter.js";

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("../adjust/axis.js").Frame} Frame */

/** Levels of 8 bits by which a painter may differ from the definition. */
const OFF = 1;
/** How many times quicker it has to be: what it takes from the page's own drawing counts, too. */
const QUICKER = 1.5;
/** How often a painter that was lost is replaced. */
const MOST_PAINTERS = 3;
const PROBE_SIDE = 384;

/** @type {Painter | null} */
let painter = null;
let opened = 0;

/** The painter that is used, if any. */
export const used = () => painter;

/** Use a painter from now on, or none. @param {Painter | null} wanted */
export function use(wanted) {
  painter = wanted;
}

/** Open a painter and use it where a short measurement says so; nothing where that was done. */
export function choose() {
  if (painter || opened >= MOST_PAINTERS) return;
  opened += 1;
  const candidate = Painter.open();
  if (candidate && quicker(candidate)) use(candidate);
  else opened = MOST_PAINTERS;
}

/**
 * Adjust pixels in place, as `apply` of stages.js does; at most one level off.
 * @param {Uint8ClampedArray} rgba
 * @param {Adjustment} adjustment in the photo's stored order
 * @param {Frame} frame where the pixels lie in their photo
 * @param {number} strength
 */
export function adjust(rgba, adjustment, frame, strength) {
  const painted = strength !== 0 && painter?.painted(rgba, adjustment, frame, strength);
  if (painted && witnessed(rgba, painted, adjustment, frame, strength)) return void rgba.set(painted);
  if (painted || painter?.lost) use(null);
  apply(rgba, adjustment, frame, strength);
}

/**
 * Whether a row of what was painted is what the definition says.
 * @param {Uint8ClampedArray} before
 * @param {Uint8ClampedArray} after
 * @param {Adjustment} adjustment
 * @param {Frame} frame
 * @param {number} strength
 */
function witnessed(before, after, adjustment, frame, strength) {
  const row = frame.rows >> 1;
  const [start, stop] = [4 * row * frame.columns, 4 * (row + 1) * frame.columns];
  const wanted = before.slice(start, stop);
  apply(wanted, adjustment, { ...frame, top: frame.top + row, rows: 1 }, strength);
  return wanted.every((value, i) => Math.abs(value - after[start + i]) <= OFF);
}

/** Whether a painter is right, and quicker than a script. @param {Painter} candidate */
function quicker(candidate) {
  const frame = whole({ height: PROBE_SIDE, width: PROBE_SIDE });
  const rgba = Uint8ClampedArray.from({ length: 4 * PROBE_SIDE ** 2 }, (_, i) => 97 * i);
  const grid = { kind: /** @type {const} */ ("light_grid"), gains: new Float32Array(2048).fill(1),
    shape: /** @type {[number, number, number]} */ ([16, 16, 8]), color: 0.6, black: 0.01 };
  /** @type {Adjustment} */
  const probe = { kind: "chain", adjustments: [grid, developOf({ ...NEUTRAL, exposure: 0.5 })] };
  const painted = candidate.painted(rgba, probe, frame, 1); // compiled now
  if (!painted || !witnessed(rgba, painted, probe, frame, 1)) return false;
  const script = timed(() => apply(rgba.slice(), probe, frame));
  return QUICKER * timed(() => candidate.painted(rgba, probe, frame, 1)) < script;
}

/** Milliseconds that something takes, the better of two times. @param {() => void} work */
function timed(work) {
  const times = [0, 1].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}
