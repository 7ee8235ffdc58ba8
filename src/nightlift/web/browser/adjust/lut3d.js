// 3D lookup tables: the twin of nightlift.adjust.lut3d.

import { clipped } from "./kinds.js";

/**
 * @param {import("./kinds.js").Lut3D} table
 * @returns {import("./kinds.js").Stage}
 */
export function lut3d({ cube, points, curves }) {
  const bent = new Float64Array(3);
  const green = 3 * points, blue = green * points;
  return {
    row(rgb) {
      for (let at = 0; at < rgb.length; at += 3) {
        for (let c = 0; c < 3; c++)
          bent[c] = (curves ? curved(curves, rgb[at + c], c) : clipped(rgb[at + c])) * (points - 1);
        const r = Math.min(Math.trunc(bent[0]), points - 2);
        const g = Math.min(Math.trunc(bent[1]), points - 2);
        const b = Math.min(Math.trunc(bent[2]), points - 2);
        const first = b * blue + g * green + 3 * r;
        for (let c = 0; c < 3; c++) {
          const near = plane(cube, first + c, green, bent[0] - r, bent[1] - g);
          const far = plane(cube, first + blue + c, green, bent[0] - r, bent[1] - g);
          rgb[at + c] = clipped(near + (bent[2] - b) * (far - near));
        }
      }
    },
  };
}

/**
 * Between four neighbors along red and green.
 * @param {Float32Array} cube
 * @param {number} at of the first
 * @param {number} green from one to the next along green
 * @param {number} x
 * @param {number} y
 */
function plane(cube, at, green, x, y) {
  const low = cube[at] + x * (cube[at + 3] - cube[at]);
  const high = cube[at + green] + x * (cube[at + green + 3] - cube[at + green]);
  return low + y * (high - low);
}

/** @param {Float32Array} curves @param {number} value @param {number} channel */
function curved(curves, value, channel) {
  const last = curves.length / 3 - 1;
  const at = clipped(value) * last;
  const knot = Math.min(Math.trunc(at), last - 1);
  const low = curves[3 * knot + channel];
  return clipped(low + (at - knot) * (curves[3 * (knot + 1) + channel] - low));
}
