// Windows in WebAssembly: arrays lie in its memory, and the heavy parts are done there.

import { LEVELS, PATCH } from "./place.js";
import { SIDE, Windows, pitchOf } from "./windows.js";

const PAGE = 65536;

export class FastWindows extends Windows {
  /**
   * @param {import("./kernel.js").Kernel} kernel
   * @param {number} count of planes
   * @param {number} padded columns
   * @param {Float32Array} weights
   * @param {number} softness
   */
  constructor(kernel, count, padded, weights, softness) {
    const places = Math.ceil(padded / PATCH);
    const room = arena(kernel, (3 * count + 2) * SIDE * pitchOf(padded) + 2 * pitchOf(padded)
      + LEVELS * places + 64);
    super(count, padded, weights, softness, room);
    this.kernel = kernel;
    this.deviations = room(LEVELS * places);
    this.turned = room(64);
    for (let i = 0; i < 64; i++) this.turned[i] = weights[8 * (i % 8) + (i >> 3)];
  }

  transform() {
    const row = 4 * this.pitch;
    this.kernel.mean(this.light.byteOffset, this.means.byteOffset, row);
    for (const columns of this.columns) this.kernel.down(columns.byteOffset, row);
  }

  /** @param {Float32Array} deviations */
  shrink(deviations) {
    this.deviations.set(deviations);
    const [columns, other] = this.columns, [changes, otherChanges] = this.changes;
    this.kernel.shrink(columns.byteOffset, other?.byteOffset ?? 0, changes.byteOffset,
      otherChanges?.byteOffset ?? 0, this.shares.byteOffset, this.means.byteOffset,
      this.deviations.byteOffset, this.turned.byteOffset, this.softness, this.padded, 4 * this.pitch);
  }

  spread() {
    const row = 4 * this.pitch;
    this.changes.forEach((changes, i) =>
      this.kernel.up(changes.byteOffset, this.sums[i].byteOffset, row));
    this.kernel.addToEach(this.shares.byteOffset, this.totals.byteOffset, row);
  }
}

/**
 * A function that makes arrays in the memory, which is made large enough for `numbers` in all; what
 * was made before is not to be used any more.
 * @param {import("./kernel.js").Kernel} kernel
 * @param {number} numbers
 * @returns {(length: number) => Float32Array}
 */
function arena({ memory, base }, numbers) {
  let at = (base.value + 15) & ~15;
  const missing = at + 4 * numbers + 256 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return (length) => {
    const array = new Float32Array(memory.buffer, at, length).fill(0);
    at += (4 * length + 15) & ~15;
    return array;
  };
}
