// Windows of 8 × 8 go through the cosine transform, and what noise explains is taken from their
// coefficients: the twin of nightlift.denoise.definition, a row of windows at a time.

import { PATCH, deviationAt, deviationsAlong } from "./place.js";
import { addBackward, between, forward } from "./transform.js";

const SIDE = 8;
const ALONG = 2; // columns from window to window
const STEPS = [2, 4]; // rows from window to window, of luma and chroma
const LEAST_NOISE = 1e-6;

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
  const brightness = component ? rowsOf(luma, height, width) : null;
  const windows = new Windows(planes.length, padded, weights, plan.softness);
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

/** One row of windows of one plane or two, and the eight rows that they are averaged into. */
class Windows {
  /**
   * @param {number} count of planes
   * @param {number} padded columns
   * @param {Float32Array} weights
   * @param {number} softness
   */
  constructor(count, padded, weights, softness) {
    this.padded = padded;
    this.weights = weights;
    this.softness = softness;
    /** Eight frequencies down, each a row. */
    this.columns = Array.from({ length: count }, () => new Float32Array(SIDE * padded));
    this.changes = Array.from({ length: count }, () => new Float32Array(SIDE * padded));
    this.sums = Array.from({ length: count }, () => new Float32Array(SIDE * padded));
    this.shares = new Float32Array(padded);
    this.totals = new Float32Array(SIDE * padded);
    this.light = new Float32Array(SIDE * padded);
    this.means = new Float32Array(padded);
    this.values = Array.from({ length: count }, () => new Float32Array(64));
    this.top = 0;
  }

  /**
   * Take the rows from `top` on, and transform them down.
   * @param {((into: Float32Array, at: number, row: number) => void)[]} rows
   * @param {((into: Float32Array, at: number, row: number) => void) | null} brightness
   * @param {number} top
   */
  load(rows, brightness, top) {
    this.top = top;
    for (let row = 0; row < SIDE; row++) {
      rows.forEach((copy, i) => copy(this.columns[i], row * this.padded, top + row));
      if (brightness) brightness(this.light, row * this.padded, top + row);
    }
    const lit = brightness ? this.light : this.columns[0];
    for (let x = 0; x < this.padded; x++) {
      let sum = 0;
      for (let row = 0; row < SIDE; row++) sum += lit[row * this.padded + x];
      this.means[x] = sum / 64;
    }
    for (const columns of this.columns)
      for (let x = 0; x < this.padded; x++) forward(columns, x, this.padded);
  }

  /** Shrink all windows of the row. @param {Float32Array} deviations */
  shrink(deviations) {
    const { means, padded } = this;
    for (const changes of this.changes) changes.fill(0);
    this.shares.fill(0);
    for (let x = 0; x + SIDE <= padded; x += ALONG) {
      let luma = 0;
      for (let i = x; i < x + SIDE; i++) luma += means[i];
      const deviation = Math.max(deviationAt(deviations, Math.trunc(x / PATCH), luma), LEAST_NOISE);
      if (this.values.length === 1) this.one(x, 1 / (deviation * deviation));
      else this.two(x, 1 / (deviation * deviation));
    }
  }

  /** A window of one plane. @param {number} x @param {number} scale */
  one(x, scale) {
    const { padded, weights, softness, shares } = this;
    const [values, columns, changes] = [this.values[0], this.columns[0], this.changes[0]];
    for (let down = 0, from = x; down < SIDE; down++, from += padded)
      between(columns, from, 1, values, SIDE * down, 1);
    values[0] = 0;
    let squares = 1;
    for (let i = 1; i < 64; i++) {
      const value = values[i];
      const ratio = value * value * weights[i] * scale - softness;
      const kept = ratio < 0 ? 0 : ratio > 1 ? 1 : ratio;
      squares += kept * kept;
      values[i] = value * (kept - 1);
    }
    this.add(changes, values, x, 1 / squares);
    for (let i = x; i < x + SIDE; i++) shares[i] += 1 / squares;
  }

  /** A window of two planes, whose coefficients are shrunk together. */
  /** @param {number} x @param {number} scale */
  two(x, scale) {
    const { padded, weights, softness, shares } = this;
    const [first, second] = this.values;
    for (let down = 0, from = x; down < SIDE; down++, from += padded) {
      between(this.columns[0], from, 1, first, SIDE * down, 1);
      between(this.columns[1], from, 1, second, SIDE * down, 1);
    }
    first[0] = second[0] = 0;
    let squares = 1;
    for (let i = 1; i < 64; i++) {
      const energy = first[i] * first[i] + second[i] * second[i];
      const ratio = energy * weights[i] * scale - softness;
      const kept = ratio < 0 ? 0 : ratio > 1 ? 1 : ratio;
      squares += kept * kept;
      first[i] *= kept - 1;
      second[i] *= kept - 1;
    }
    this.add(this.changes[0], first, x, 1 / squares);
    this.add(this.changes[1], second, x, 1 / squares);
    for (let i = x; i < x + SIDE; i++) shares[i] += 1 / squares;
  }

  /**
   * @param {Float32Array} changes
   * @param {Float32Array} values
   * @param {number} x
   * @param {number} share
   */
  add(changes, values, x, share) {
    for (let down = 0, to = x; down < SIDE; down++, to += this.padded)
      addBackward(values, SIDE * down, 1, changes, to, 1, share);
  }

  /** Bring the row's changes back from frequencies down, into the rows that are averaged. */
  spread() {
    const { padded, totals, shares } = this;
    this.changes.forEach((changes, plane) => {
      for (let x = 0; x < padded; x++) addBackward(changes, x, padded, this.sums[plane], x, padded, 1);
    });
    for (let row = 0; row < SIDE; row++)
      for (let x = 0; x < padded; x++) totals[row * padded + x] += shares[x];
  }

  /**
   * Add the means of the first `step` rows, which no further window reaches, and go on to the next.
   * @param {Float32Array[]} into
   * @param {number} step
   * @param {number} height
   * @param {number} width
   */
  finish(into, step, height, width) {
    for (let row = 0; row < step; row++)
      if (this.top + row >= 0 && this.top + row < height) this.average(into, row, width);
    for (const values of [...this.sums, this.totals]) {
      values.copyWithin(0, step * this.padded);
      values.fill(0, (SIDE - step) * this.padded);
    }
  }

  /** @param {Float32Array[]} into @param {number} row @param {number} width */
  average(into, row, width) {
    const from = row * this.padded + SIDE;
    const to = (this.top + row) * width;
    into.forEach((plane, i) => {
      const sums = this.sums[i];
      for (let x = 0; x < width; x++) plane[to + x] += sums[from + x] / this.totals[from + x];
    });
  }
}
