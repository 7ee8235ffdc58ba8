// What rounding may hide, to 8 bits and of a JPEG's frequencies: the twin of nightlift.denoise.quantization.

import { BANDS, MEMBERS, SCALES } from "./noise.js";

/** Standard deviation of rounding, in steps. */
export const ROUNDING = 1 / Math.sqrt(12);

const STEP = 1 / 255;
const ROUNDED = [[0.7, 0.8, 0.8, 0.0], [1.0, 1.5, 1.5, 1.5]];
const DITHERED = [0.3, 0.6];
const BLOCKS = [0.35, 0.4];
const LOST = 0.05;
const MOST_LOST = 1.3;

/**
 * Deviations as windows tell them that JPEG did not make flat.
 * @param {number[]} deviations
 * @param {number[][]} quantization
 * @param {number} component
 */
export function restored(deviations, quantization, component) {
  const step = middleStep(quantization, component);
  return deviations.map((deviation) => {
    const steps = step / Math.max(deviation, ROUNDING / 255);
    return deviation * Math.min(1 + LOST * steps, MOST_LOST);
  });
}

/**
 * What a JPEG rounds the middle bands to, in the mean, from 0 to 1; 0 for other files.
 * @param {number[][]} quantization
 * @param {number} component
 */
export function middleStep(quantization, component) {
  if (quantization.length <= component) return 0;
  const middle = [...MEMBERS[1], ...MEMBERS[2]];
  return middle.reduce((sum, i) => sum + quantization[component][i], 0) / middle.length / 255;
}

/**
 * By component, scale and band, what rounding may hide of a coefficient.
 * @param {{ quantization: number[][], subsampling: string | null }} photo
 * @param {number[]} usual noise of luma and chroma
 */
export function hidden({ quantization, subsampling }, usual) {
  const shared = subsampling !== null && subsampling !== "444";
  const found = usual.map((noise, component) => {
    const [least, most] = DITHERED.map((edge) => STEP * edge);
    const shown = Math.min(Math.max((most - noise) / (most - least), 0), 1);
    return ROUNDED[component].map((rounded) => BANDS.map(() => rounded * STEP * shown));
  });
  if (!quantization.length) return found;
  return found.map((table, component) => {
    const stored = quantization[Math.min(component, quantization.length - 1)];
    return table.map((values, scale) => values.map((value) =>
      Math.max(value, BLOCKS[component] * edge(stored[0], scale - (component && shared ? 1 : 0)))));
  });
}

/** What blocks of means that are a step off show. @param {number} step @param {number} scale */
function edge(step, scale) {
  return scale >= SCALES ? 0 : step / 255 / 2 / 2 ** Math.max(scale - 0.5, 0);
}
