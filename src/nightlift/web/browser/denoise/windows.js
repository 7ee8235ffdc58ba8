// One row of overlapping windows: the definition of what fast_windows.js does in WebAssembly.

import { PATCH, deviationAt } from "./place.js";
import { addBackward, between, forward } from "./transform.js";

export const SIDE = 8;
const ALONG = 2; // columns from window to window
const LEAST_NOISE = 1e-6;

/** @typedef {(into: Float32Array, at: number, row: number) => void} CopyRow */

/** Numbers from row to row: whole vectors of four. @param {number} padded */
export const pitchOf = (padded) => (padded + 3) & ~3;

/** One row of windows of one plane or two, and the eight rows that they are averaged into. */
export class Windows {
  /**
   * @param {number} count of planes
   * @param {number} padded columns
   * @param {Float32Array} weights
   * @param {number} softness
   * @param {(length: number) => Float32Array} [room] what makes arrays
   */
  constructor(count, padded, weights, softness, room = (length) => new Float32Array(length)) {
    this.padded = padded;
    this.pitch = pitchOf(padded);
    this.weights = weights;
    this.softness = softness;
    const rows = () => Array.from({ length: count }, () => room(SIDE * this.pitch));
    /** Eight frequencies down, each a row. */
    this.columns = rows();
    this.changes = rows();
    this.sums = rows();
    this.shares = room(this.pitch);
    this.totals = room(SIDE * this.pitch);
    this.light = room(SIDE * this.pitch);
    this.means = room(this.pitch);
    this.values = Array.from({ length: count }, () => new Float32Array(64));
    this.top = 0;
  }

  /**
   * Take the rows from `top` on, and transform them down.
   * @param {CopyRow[]} rows of the planes
   * @param {CopyRow} brightness
   * @param {number} top
   */
  load(rows, brightness, top) {
    this.top = top;
    for (let row = 0; row < SIDE; row++) {
      rows.forEach((copy, i) => copy(this.columns[i], row * this.pitch, top + row));
      brightness(this.light, row * this.pitch, top + row);
    }
    this.transform();
  }

  /** Transform the columns, and find their means. */
  transform() {
    const { light, means, pitch } = this;
    for (let x = 0; x < pitch; x++) {
      let sum = 0;
      for (let at = x; at < light.length; at += pitch) sum += light[at];
      means[x] = sum / 64;
    }
    for (const columns of this.columns)
      for (let x = 0; x < pitch; x++) forward(columns, x, pitch);
  }

  /** Shrink all windows of the row. @param {Float32Array} deviations */
  shrink(deviations) {
    const { means, padded } = this;
    for (let x = 0; x + SIDE <= padded; x += ALONG) {
      let luma = 0;
      for (let i = x; i < x + SIDE; i++) luma += means[i];
      const noise = deviationAt(deviations, Math.trunc(x / PATCH), luma);
      const deviation = Math.max(noise, LEAST_NOISE);
      if (noise <= 0) this.none(x);
      else if (this.values.length === 1) this.one(x, 1 / (deviation * deviation));
      else this.two(x, 1 / (deviation * deviation));
    }
  }

  /** A window of which nothing is to be taken: all 64 coefficients stay. @param {number} x */
  none(x) {
    for (let i = x; i < x + SIDE; i++) this.shares[i] += 1 / 64;
  }

  /** A window of one plane. @param {number} x @param {number} scale */
  one(x, scale) {
    const { pitch, weights, softness } = this;
    const [values, columns] = [this.values[0], this.columns[0]];
    for (let down = 0, from = x; down < SIDE; down++, from += pitch)
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
    this.add(this.changes[0], values, x, 1 / squares);
    for (let i = x; i < x + SIDE; i++) this.shares[i] += 1 / squares;
  }

  /** A window of two planes, whose coefficients are shrunk together. */
  /** @param {number} x @param {number} scale */
  two(x, scale) {
    const { pitch, weights, softness } = this;
    const [first, second] = this.values;
    for (let down = 0, from = x; down < SIDE; down++, from += pitch) {
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
    for (let i = x; i < x + SIDE; i++) this.shares[i] += 1 / squares;
  }

  /**
   * @param {Float32Array} changes
   * @param {Float32Array} values
   * @param {number} x
   * @param {number} share
   */
  add(changes, values, x, share) {
    for (let down = 0, to = x; down < SIDE; down++, to += this.pitch)
      addBackward(values, SIDE * down, 1, changes, to, 1, share);
  }

  /** Bring the row's changes back from frequencies down, into the rows that are averaged. */
  spread() {
    const { pitch, totals, shares } = this;
    this.changes.forEach((changes, plane) => {
      for (let x = 0; x < pitch; x++) addBackward(changes, x, pitch, this.sums[plane], x, pitch, 1);
    });
    for (let at = 0; at < totals.length; at += pitch)
      for (let x = 0; x < pitch; x++) totals[at + x] += shares[x];
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
      values.copyWithin(0, step * this.pitch);
      values.fill(0, (SIDE - step) * this.pitch);
    }
    for (const values of [...this.changes, this.shares]) values.fill(0);
  }

  /** @param {Float32Array[]} into @param {number} row @param {number} width */
  average(into, row, width) {
    const from = row * this.pitch + SIDE;
    const to = (this.top + row) * width;
    into.forEach((plane, i) => {
      const sums = this.sums[i];
      for (let x = 0; x < width; x++) plane[to + x] += sums[from + x] / this.totals[from + x];
    });
  }
}
