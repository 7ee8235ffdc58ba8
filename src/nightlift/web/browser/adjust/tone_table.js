// Tone tables: the twin of nightlift.adjust.tone_table.

import { KNOTS, clipped, onKnots } from "./kinds.js";

/**
 * @param {import("./kinds.js").ToneTable} table
 * @returns {import("./kinds.js").Stage}
 */
export function toneTable({ values }) {
  return {
    row(rgb) {
      for (let i = 0; i < rgb.length; i++) rgb[i] = clipped(onKnots(values, rgb[i], 3, i % 3));
    },
  };
}

/**
 * The curve x ^ exponent for all three channels.
 * @param {number} exponent
 * @returns {import("./kinds.js").ToneTable}
 */
export function powerTable(exponent) {
  const values = Float32Array.from({ length: 3 * KNOTS },
    (_, i) => (Math.trunc(i / 3) / (KNOTS - 1)) ** exponent);
  return { kind: "tone_table", values };
}
