// Bilateral grids: the twin of nightlift.adjust.bilateral_grid.

import { across, axis } from "./axis.js";
import { LUMA, clipped } from "./kinds.js";
import { mixRows } from "./light_grid.js";

const MODEL = 12; // three outputs of three weights and an offset
const OFFSET = 1e-4;

/**
 * @param {import("./kinds.js").BilateralGrid} grid
 * @param {import("./kinds.js").Frame} frame
 * @returns {import("./kinds.js").Stage}
 */
export function bilateralGrid({ cells, shape, mode, guide, leastLight }, frame) {
  const [rows, columns, bins] = shape;
  const down = axis(frame.height, rows, "corners");
  const along = across(frame, columns, "corners");
  const mixed = new Float32Array(columns * bins * MODEL);
  const model = new Float64Array(MODEL);
  const depthOf = guide ? pointwise(guide) : luma;
  return {
    row(rgb, y) {
      mixRows(mixed, cells, down, y, rows);
      for (let x = 0, at = 0; x < frame.columns; x++, at += 3) {
        const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2];
        const depth = clipped(depthOf(r, g, b)) * (bins - 1);
        const bin = Math.min(Math.trunc(depth), bins - 2);
        const left = (along.index[x] * bins + bin) * MODEL;
        const right = along.index[x] + 1 < columns ? left + bins * MODEL : left;
        slice(model, mixed, left, right, depth - bin, along.fraction[x]);
        for (let channel = 0; channel < 3; channel++) {
          const first = 4 * channel;
          const value = model[first] * r + model[first + 1] * g + model[first + 2] * b
            + model[first + 3];
          rgb[at + channel] = clipped(mode === "divide"
            ? [r, g, b][channel] / Math.max(value + OFFSET, leastLight) : value);
        }
      }
    },
  };
}

/**
 * @param {Float64Array} model
 * @param {Float32Array} cells
 * @param {number} left
 * @param {number} right
 * @param {number} deeper share of the deeper bin
 * @param {number} share of the cell on the right
 */
function slice(model, cells, left, right, deeper, share) {
  for (let i = 0; i < MODEL; i++) {
    const near = cells[left + i] + deeper * (cells[left + MODEL + i] - cells[left + i]);
    const far = cells[right + i] + deeper * (cells[right + MODEL + i] - cells[right + i]);
    model[i] = near + share * (far - near);
  }
}

/** @type {(r: number, g: number, b: number) => number} */
const luma = (r, g, b) => LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;

/**
 * A guide of a small network on each pixel, from 0 to 1.
 * @param {import("./kinds.js").Guide} guide
 * @returns {(r: number, g: number, b: number) => number}
 */
function pointwise({ w1, b1, w2, b2 }) {
  return (r, g, b) => {
    let total = b2;
    for (let n = 0; n < b1.length; n++) {
      const hidden = w1[3 * n] * r + w1[3 * n + 1] * g + w1[3 * n + 2] * b + b1[n];
      if (hidden > 0) total += w2[n] * hidden;
    }
    return 0.5 * Math.tanh(total) + 0.5;
  };
}
