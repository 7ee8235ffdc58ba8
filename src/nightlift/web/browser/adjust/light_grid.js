// Light grids: the twin of nightlift.adjust.light_grid.

import { across, axis } from "./axis.js";
import { clipped } from "./kinds.js";

const LEAST = 1e-12;
const DULL = 0.03;
const VIVID = 2.0;
const TURN = 0.7;

/**
 * @param {import("./kinds.js").LightGrid} grid
 * @param {import("./kinds.js").Frame} frame
 * @returns {import("./kinds.js").Stage}
 */
export function lightGrid(grid, frame) {
  const lifted = lifting(grid, frame);
  return {
    row(rgb, y) {
      lifted(rgb, y);
      for (let i = 0; i < rgb.length; i++) if (rgb[i] > 1) rgb[i] = 1;
    },
  };
}

/**
 * The same without a bound: values may go below 0 and beyond 1, and so does what comes out.
 * @param {import("./kinds.js").LightGrid} grid
 * @param {import("./kinds.js").Frame} frame
 * @returns {(rgb: Float32Array, y: number) => void}
 */
export function lifting({ gains, shape, color, black }, frame) {
  const [rows, columns, bins] = shape;
  const down = axis(frame.height, rows, "corners");
  const along = across(frame, columns, "corners");
  const cells = new Float32Array(columns * bins);
  const noise = black * black;
  return (rgb, y) => {
    mixRows(cells, gains, down, y, rows);
    for (let x = 0, at = 0; x < frame.columns; x++, at += 3) {
      const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2];
      const brightest = clipped(r > g ? (r > b ? r : b) : g > b ? g : b);
      const depth = Math.sqrt(brightest) * (bins - 1);
      const bin = Math.min(Math.trunc(depth), bins - 2);
      const left = along.index[x] * bins + bin;
      const right = along.index[x] + 1 < columns ? left + bins : left;
      const near = cells[left] + (depth - bin) * (cells[left + 1] - cells[left]);
      const far = cells[right] + (depth - bin) * (cells[right + 1] - cells[right]);
      let gain = near + along.fraction[x] * (far - near);
      const least = clipped(Math.min(r, g, b));
      const middle = clipped(Math.max(Math.min(r, g), Math.min(Math.max(r, g), b)));
      const saturation = (brightest - 0.5 * (middle + least)) / (brightest + DULL);
      let grown = color + (1 - color) * Math.min(VIVID * saturation * saturation, 1);
      const square = brightest * brightest;
      if (noise > 0) {
        const signal = square / Math.max(square + noise, LEAST);
        if (gain > 0) gain *= signal;
        grown *= signal;
      }
      const lift = Math.exp(gain * Math.LN2);
      const ratio = lift / (1 + (lift - 1) * brightest);
      const scale = ratio < 1 ? ratio : 1 + grown * (ratio - 1);
      const light = Math.max(brightest * (ratio - scale), 0);
      const turn = TURN * least * Math.max(scale - 1, 0) / Math.max(square, LEAST);
      rgb[at] = scale * r + light + turn * (brightest - r) * (r - least);
      rgb[at + 1] = scale * g + light + turn * (brightest - g) * (g - least);
      rgb[at + 2] = scale * b + light + turn * (brightest - b) * (b - least);
    }
  };
}

/**
 * The cells of a grid's two rows around row `y` of the photo, mixed.
 * @param {Float32Array} into
 * @param {Float32Array} all
 * @param {import("./axis.js").Axis} down
 * @param {number} y
 * @param {number} rows
 */
export function mixRows(into, all, down, y, rows) {
  const above = down.index[y] * into.length;
  const below = Math.min(down.index[y] + 1, rows - 1) * into.length;
  const share = down.fraction[y];
  for (let i = 0; i < into.length; i++)
    into[i] = all[above + i] + share * (all[below + i] - all[above + i]);
}
