// 3D lookup tables: the twin of nightlift.adjust.lut3d.

import { clipped } from "./kinds.js";

/**
 * @param {import("./kinds.js").Lut3D} table
 * @returns {import("./kinds.js").Stage}
 */
export function lut3d({ cube, points, curves }) {
  const below = [0, 0, 0];
  const part = [0, 0, 0];
  const strides = [3, 3 * points, 3 * points * points];
  return {
    row(rgb) {
      for (let i = 0; i < rgb.length; i += 3) {
        for (let c = 0; c < 3; c++) {
          const value = curves ? curved(curves, rgb[i + c], c) : rgb[i + c];
          const at = Math.fround(value * (points - 1));
          below[c] = Math.min(Math.trunc(at), points - 2);
          part[c] = at - below[c];
        }
        const first = below[0] * strides[0] + below[1] * strides[1] + below[2] * strides[2];
        for (let c = 0; c < 3; c++) rgb[i + c] = clipped(between(cube, first + c, strides, part, 2));
      }
    },
  };
}

/**
 * What lies between the points from `at` on, along this axis and those before it.
 * @param {Float32Array} cube
 * @param {number} at
 * @param {number[]} strides
 * @param {number[]} part
 * @param {number} axis
 * @returns {number}
 */
function between(cube, at, strides, part, axis) {
  if (axis < 0) return cube[at];
  const low = between(cube, at, strides, part, axis - 1);
  const high = between(cube, at + strides[axis], strides, part, axis - 1);
  return low + part[axis] * (high - low);
}

/** @param {Float32Array} curves @param {number} value @param {number} channel @returns {number} */
function curved(curves, value, channel) {
  const last = curves.length / 3 - 1;
  const at = Math.fround(value * last);
  const below = Math.min(Math.trunc(at), last - 1);
  const low = curves[3 * below + channel];
  return clipped(low + (at - below) * (curves[3 * below + 3 + channel] - low));
}
