// What an editor's controls come to: the twin of nightlift.adjust.develop.

import { LUMA, clipped, onKnots } from "./kinds.js";

const DIM = 4 / 255;
const TINY = 1e-9;

/**
 * @param {import("./kinds.js").Develop} controls
 * @returns {import("./kinds.js").Stage}
 */
export function develop(controls) {
  const { row } = developing(controls);
  return {
    row(rgb, y) {
      row(rgb, y);
      for (let i = 0; i < rgb.length; i++) rgb[i] = clipped(rgb[i]);
    },
  };
}

/**
 * The same without a bound: values may go below 0 and beyond 1, and so does what comes out.
 * @param {import("./kinds.js").Develop} controls
 * @returns {import("./kinds.js").Stage}
 */
export function developing({ curve, balance, saturation }) {
  return {
    row(rgb) {
      for (let at = 0; at < rgb.length; at += 3) {
        toned(rgb, at, curve, balance);
        if (saturation !== 1) saturated(rgb, at, saturation);
      }
    },
  };
}

/**
 * @param {Float32Array} rgb
 * @param {number} at
 * @param {Float32Array} curve
 * @param {Float32Array} balance
 */
function toned(rgb, at, curve, balance) {
  const r = balanced(rgb[at], balance[0]);
  const g = balanced(rgb[at + 1], balance[1]);
  const b = balanced(rgb[at + 2], balance[2]);
  const m = clipped(Math.max(r, g, b));
  const t = onKnots(curve, m, 1, 0);
  const ratio = t / Math.max(m, TINY);
  const signal = m * m / (m * m + DIM * DIM);
  const scale = t < m ? ratio : 1 + signal * (ratio - 1);
  rgb[at] = t - scale * (m - r);
  rgb[at + 1] = t - scale * (m - g);
  rgb[at + 2] = t - scale * (m - b);
}

/** No channel is raised above 1. @param {number} value @param {number} factor */
const balanced = (value, factor) => Math.min(value * factor, Math.max(value, 1));

/**
 * @param {Float32Array} rgb
 * @param {number} at
 * @param {number} saturation
 */
function saturated(rgb, at, saturation) {
  const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2];
  const luma = LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
  const above = Math.max(r, g, b) - luma;
  const below = luma - Math.min(r, g, b);
  const most = Math.min((1 - luma) / Math.max(above, TINY), luma / Math.max(below, TINY));
  const factor = Math.min(saturation, Math.max(most, 1));
  rgb[at] = luma + factor * (r - luma);
  rgb[at + 1] = luma + factor * (g - luma);
  rgb[at + 2] = luma + factor * (b - luma);
}
