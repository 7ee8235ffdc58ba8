// The noise of a photo, measured on patches of it: the twin of nightlift.denoise.measurement.

import { quantile } from "../edit/quantile.js";
import { BANDS, KNOTS, MEMBERS, SCALES, interpolated } from "./noise.js";
import { hidden, middleStep, restored, ROUNDING } from "./hidden.js";
import { patchesOf } from "./patches.js";
import { apart, halved } from "./planes.js";
import { forward } from "./transform.js";

/** @typedef {import("./planes.js").Planes} Planes */

const STEPS = [8, 8, 4, 2];
const BINS = 8;
const LEAST_WINDOWS = 48;
const FLATTEST = 0.12;
const LEAST = [0.777, 0.842]; // of one plane, and of two together
const REFERENCE = [2, 1];
const NEXT = { noise: 0.6, texture: 1.5 };
const ROUNDED_AWAY = 0.3;
const TEXTURED = 1.6;
const DROP = [0.6, 0.75];

/**
 * Levels, and deviations by component, level and band.
 * @typedef {{ levels: number[], deviations: number[][][] }} Measured
 */

/**
 * @param {{ data: Uint8ClampedArray, height: number, width: number, subsampling: string | null,
 *   quantization: number[][], space: import("../photo/rgb_space.js").RgbSpace | null }} photo
 * @returns {import("./noise.js").Noise}
 */
export function measure(photo) {
  const floor = ROUNDING / 255;
  const tone = photo.space?.tone ?? null;
  const patches = patchesOf(photo).map(({ data, height, width }) => apart(data, height, width, tone));
  const scales = measured(patches);
  const shares = sharesOf(patches);
  const factors = [0, 1].map((component) => twoFactors(scales, component, floor,
    middleStep(photo.quantization, 0)));
  const levels = factors.map(({ own }, component) => {
    const found = restored(own, photo.quantization, component);
    return KNOTS.map((knot) => interpolated(knot, scales[0].levels, found));
  });
  const usual = levels.map((values) => values.reduce((sum, value, i) => sum + value * shares[i], 0));
  return /** @type {import("./noise.js").Noise} */ ({
    levels, spectra: factors.map(({ spectrum }) => spectrum),
    hidden: hidden(photo, usual), shares,
    halvedChroma: photo.subsampling === "420",
  });
}

/** @param {Planes[]} patches @returns {Measured[]} */
function measured(patches) {
  const scales = [];
  let now = patches;
  for (const step of STEPS) {
    if (Math.min(now[0].height, now[0].width) < 8) break;
    scales.push(bands(now.flatMap((patch) => coefficients(patch, step))));
    now = now.map((patch) => halved(evened(patch)));
  }
  if (scales.length) return scales;
  return [{ levels: [0], deviations: [0, 1].map(() => [BANDS.map(() => 0)]) }];
}

/** Without a last row or column that has no partner. @param {Planes} patch @returns {Planes} */
function evened({ planes, height, width }) {
  const [rows, columns] = [height & ~1, width & ~1];
  if (rows === height && columns === width) return { planes, height, width };
  return { height: rows, width: columns, planes: planes.map((plane) => Float32Array.from(
    { length: rows * columns }, (_, i) => plane[Math.trunc(i / columns) * width + i % columns])) };
}

/** Transformed windows of a patch: of each, three times 64. @param {Planes} patch @param {number} step */
function coefficients({ planes, height, width }, step) {
  const windows = [];
  for (let y = 0; y + 8 <= height; y += step)
    for (let x = 0; x + 8 <= width; x += step)
      windows.push(planes.map((plane) => windowOf(plane, width, y, x)));
  return windows;
}

/** @param {Float32Array} plane @param {number} width @param {number} y @param {number} x */
function windowOf(plane, width, y, x) {
  const values = new Float32Array(64);
  for (let row = 0; row < 8; row++) {
    const from = (y + row) * width + x;
    values.set(plane.subarray(from, from + 8), 8 * row);
    forward(values, 8 * row, 1);
  }
  for (let column = 0; column < 8; column++) forward(values, column, 8);
  return values;
}

/** Deviations of the flattest windows of each brightness. @param {Float32Array[][]} windows */
function bands(windows) {
  const ordered = windows.map((planes) => ({ planes, level: planes[0][0] / 8 }))
    .sort((a, b) => a.level - b.level);
  const count = Math.min(Math.max(Math.trunc(windows.length / LEAST_WINDOWS), 1), BINS);
  const bins = split(ordered, count);
  const levels = bins.map((bin) => bin.reduce((sum, { level }) => sum + level, 0) / bin.length);
  const components = [[0], [1, 2]];
  const deviations = components.map((members) =>
    bins.map((bin) => deviationsOf(bin.map(({ planes }) => members.map((i) => planes[i])))));
  return { levels, deviations };
}

/** In parts whose sizes differ by one at most, the larger ones first. */
/** @template T @param {T[]} items @param {number} count @returns {T[][]} */
function split(items, count) {
  const [size, rest] = [Math.trunc(items.length / count), items.length % count];
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const part = items.slice(at, at + size + (i < rest ? 1 : 0));
    at += part.length;
    return part;
  });
}

/** Of each band. @param {Float32Array[][]} windows of one plane or two */
function deviationsOf(windows) {
  const middle = [...MEMBERS[1], ...MEMBERS[2]];
  const energies = windows.map((planes) => ({ planes, energy: energyOf(planes, middle) }))
    .sort((a, b) => a.energy - b.energy);
  const flattest = energies.slice(0, Math.max(1, Math.trunc(FLATTEST * windows.length)));
  return MEMBERS.map((members, band) => {
    const sum = flattest.reduce((total, { planes }) => total + energyOf(planes, members), 0);
    const mean = sum / (flattest.length * windows[0].length * members.length);
    return Math.sqrt(mean) / (band === 1 || band === 2 ? LEAST[windows[0].length - 1] : 1);
  });
}

/** @param {Float32Array[]} planes @param {number[]} members */
function energyOf(planes, members) {
  let sum = 0;
  for (const plane of planes) for (const i of members) sum += plane[i] * plane[i];
  return sum;
}

/**
 * Noise by the levels of the first scale, and what it is multiplied by at each scale and band.
 * @param {Measured[]} scales
 * @param {number} component
 * @param {number} floor
 * @param {number} step what a JPEG rounds luma's middle bands to
 */
function twoFactors(scales, component, floor, step) {
  const levels = scales[0].levels;
  const deviations = component === 0 && scales.length > 1
    ? withoutTexture(scales[0], scales[1], step) : scales[0].deviations;
  const found = deviations[component].map((values) => values[REFERENCE[component]]);
  const noisy = found.filter((value) => value > Math.max(floor / 2, 1e-7)).sort((a, b) => a - b);
  const usual = noisy.length ? quantile(noisy, 0.25) : 0;
  const own = found.map((value) => Math.max(Math.min(value, TEXTURED * usual), Math.max(floor, 1e-7)));
  /** @type {number[][]} */
  const spectrum = [];
  for (let scale = 0; scale < SCALES; scale++)
    spectrum.push(scale < scales.length ? ratiosOf(scale ? scales[scale] : { levels, deviations }, component, levels, own)
      : spectrum[scale - 1].map((value) => value / 2));
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  return { own, spectrum: bounded(spectrum, DROP[component]).map((values, scale) =>
    values.map((value) => Math.max(value, floor / mean / 2 ** scale))) };
}

/**
 * Deviations at the first scale, of luma as far as they are noise by what they are at the next.
 * @param {Measured} first
 * @param {Measured} next
 * @param {number} step
 */
function withoutTexture({ levels, deviations }, next, step) {
  const noise = NEXT.noise ** 2, texture = NEXT.texture ** 2;
  const reference = REFERENCE[0];
  const coarser = next.deviations[0].map((values) => values[reference]);
  const luma = deviations[0].map((values, i) => {
    const told = Math.max(Math.hypot(values[reference], ROUNDED_AWAY * step), 1e-7);
    const ratio = (interpolated(levels[i], next.levels, coarser) / told) ** 2;
    const share = Math.sqrt(Math.min(Math.max((texture - ratio) / (texture - noise), 0), 1));
    return values.map((value) => value * share);
  });
  return [luma, deviations[1]];
}

/** @param {Measured} scale @param {number} component @param {number[]} levels @param {number[]} own */
function ratiosOf(scale, component, levels, own) {
  return BANDS.map((_, band) => {
    const ratios = scale.deviations[component].map((values, i) =>
      values[band] / interpolated(scale.levels[i], levels, own));
    return quantile(ratios.sort((a, b) => a - b), 0.3);
  });
}

/** The spectrum without what only texture explains. @param {number[][]} spectrum @param {number} drop */
function bounded(spectrum, drop) {
  const out = spectrum.map((values) => values.slice());
  for (let scale = 1; scale < out.length; scale++) {
    const before = Math.max(out[scale - 1][1], 0.8 * out[scale - 1][2]);
    for (let band = 1; band < BANDS.length; band++)
      out[scale][band] = Math.min(out[scale][band], drop * before);
  }
  for (let scale = 0; scale < out.length; scale++) {
    const second = out[scale][1];
    const finer = scale + 1 < out.length ? out[scale + 1][1] + out[scale + 1][2] : second;
    out[scale][0] = Math.min(Math.max(finer, second), 2 * second);
  }
  return out;
}

/** How much of the patches has the level of each knot. @param {Planes[]} patches */
function sharesOf(patches) {
  const counts = KNOTS.map(() => 0);
  const middles = KNOTS.slice(1).map((knot, i) => (knot + KNOTS[i]) / 2);
  let total = 0;
  for (const { planes, height, width } of patches)
    for (let y = 0; y < height; y += 4)
      for (let x = 0; x < width; x += 4, total++) {
        const above = middles.findIndex((middle) => middle >= planes[0][y * width + x]);
        counts[above < 0 ? KNOTS.length - 1 : above]++;
      }
  return counts.map((count) => count / total);
}
