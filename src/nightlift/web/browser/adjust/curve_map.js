// Curve maps: the twin of nightlift.adjust.curve_map.

import { across, axis } from "./axis.js";
import { clipped } from "./kinds.js";
import { mixRows } from "./light_grid.js";

/**
 * @param {import("./kinds.js").CurveMap} curves
 * @param {import("./kinds.js").Frame} frame
 * @returns {import("./kinds.js").Stage}
 */
export function curveMap({ maps, shape, steps, alignment }, frame) {
  const [count, rows, columns] = shape;
  const down = axis(frame.height, rows, alignment);
  const along = across(frame, columns, alignment);
  const cells = new Float32Array(3 * columns);
  const all = Array.from({ length: count },
    (_, n) => maps.subarray(n * rows * cells.length, (n + 1) * rows * cells.length));
  const parameters = new Float32Array(3 * frame.columns);
  return {
    row(rgb, y) {
      for (let step = 0; step < steps; step++) {
        if (step < count) {
          mixRows(cells, all[step], down, y, rows);
          enlarge(parameters, cells, along, columns);
        }
        for (let i = 0; i < rgb.length; i++) rgb[i] += parameters[i] * (rgb[i] * rgb[i] - rgb[i]);
      }
      for (let i = 0; i < rgb.length; i++) rgb[i] = clipped(rgb[i]);
    },
  };
}

/**
 * @param {Float32Array} into
 * @param {Float32Array} cells
 * @param {import("./axis.js").Axis} along
 * @param {number} columns
 */
function enlarge(into, cells, { index, fraction }, columns) {
  for (let x = 0, at = 0; x < index.length; x++) {
    const left = 3 * index[x];
    const right = 3 * Math.min(index[x] + 1, columns - 1);
    for (let channel = 0; channel < 3; channel++, at++) {
      const near = cells[left + channel];
      into[at] = near + fraction[x] * (cells[right + channel] - near);
    }
  }
}
