// ICC profiles, as far as a photo needs them: the twin of nightlift.photo.icc.

import { bytesOf, viewOf } from "./bytes.js";

/** Knots of a sampled tone curve. */
export const SAMPLES = 65536;

/**
 * A profile of three primaries and three tone curves. `primaries`, rows of X, Y and Z, takes linear
 * RGB to XYZ at D50; `curves` take codes to linear light.
 * @typedef {{ primaries: number[][], curves: Float64Array[] }} MatrixProfile
 */

/**
 * An RGB profile of primaries and tone curves; null for any other, and for a damaged one.
 * @param {Uint8Array} icc
 * @returns {MatrixProfile | null}
 */
export function matrixProfile(icc) {
  try {
    return parsed(new DataView(icc.buffer, icc.byteOffset, icc.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * The profile with a curve of gamma 1 in place of those that have no entries, which mean the same:
 * Chromium 150 takes a profile with such a curve for none.
 * @param {Uint8Array} icc
 */
export function spelledOut(icc) {
  const plain = [...plainCurves(viewOf(icc))];
  if (!plain.length) return icc;
  const curve = Math.ceil(icc.length / 4) * 4;
  const told = new Uint8Array(curve + 16);
  const view = viewOf(told);
  told.set(icc);
  told.set(bytesOf("curv"), curve);
  view.setUint32(curve + 8, 1);
  view.setUint16(curve + 12, 256);
  view.setUint32(0, told.length);
  for (const entry of plain) {
    view.setUint32(entry + 4, curve);
    view.setUint32(entry + 8, 14);
  }
  return told;
}

/** Where the entries of tone curves without entries are. @param {DataView} icc */
function* plainCurves(icc) {
  for (let left = icc.byteLength < 132 ? 0 : icc.getUint32(128), at = 132; left; left--, at += 12) {
    if (at + 12 > icc.byteLength) return;
    const start = icc.getUint32(at + 4);
    if (text(icc, at).endsWith("TRC") && start + 12 <= icc.byteLength
      && text(icc, start) === "curv" && icc.getUint32(start + 8) === 0) yield at;
  }
}

/** @param {DataView} icc @returns {MatrixProfile | null} */
function parsed(icc) {
  if (icc.byteLength < 132 || text(icc, 36) !== "acsp" || text(icc, 16) !== "RGB ") return null;
  const tags = tagsOf(icc);
  const names = [["rXYZ", "rTRC"], ["gXYZ", "gTRC"], ["bXYZ", "bTRC"]];
  if (tags.has("A2B0") || text(icc, 20) !== "XYZ ") return null;
  /** @type {number[][]} */
  const columns = [];
  const curves = [];
  for (const [primary, tone] of names) {
    const [xyz, trc] = [tags.get(primary), tags.get(tone)];
    if (!xyz || !trc || text(xyz, 0) !== "XYZ ") return null;
    columns.push([0, 1, 2].map((i) => fixed(xyz, 8 + 4 * i)));
    const curve = curveOf(trc);
    if (!curve) return null;
    curves.push(curve);
  }
  return { primaries: [0, 1, 2].map((row) => columns.map((column) => column[row])), curves };
}

/** @param {DataView} view @param {number} at */
function text(view, at) {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** @param {DataView} view @param {number} at a number of type s15Fixed16 */
const fixed = (view, at) => view.getInt32(at) / 65536;

/** @param {DataView} icc @returns {Map<string, DataView>} */
function tagsOf(icc) {
  const count = icc.getUint32(128);
  if (count > 200) throw new RangeError("too many tags");
  const tags = new Map();
  for (let entry = 132; entry < 132 + 12 * count; entry += 12) {
    const start = icc.byteOffset + icc.getUint32(entry + 4);
    const length = icc.getUint32(entry + 8);
    if (start + length > icc.byteOffset + icc.byteLength) throw new RangeError("a tag too long");
    tags.set(text(icc, entry), new DataView(icc.buffer, start, length));
  }
  return tags;
}

/** @param {DataView} tag @returns {Float64Array | null} */
function curveOf(tag) {
  const kind = text(tag, 0);
  const light = kind === "para" ? parametric(tag) : kind === "curv" ? sampled(tag) : null;
  if (!light) return null;
  const curve = new Float64Array(SAMPLES);
  for (let i = 0, before = 0; i < SAMPLES; i++) {
    const value = light(i / (SAMPLES - 1));
    if (!Number.isFinite(value)) return null;
    curve[i] = before = Math.max(before, Math.min(Math.max(value, 0), 1));
  }
  return curve;
}

/** @param {DataView} tag @returns {(code: number) => number} */
function sampled(tag) {
  const count = tag.getUint32(8);
  if (count === 0) return (code) => code;
  if (count === 1) {
    const gamma = tag.getUint16(12) / 256;
    return (code) => code ** gamma;
  }
  const table = Float64Array.from({ length: count }, (_, i) => tag.getUint16(12 + 2 * i) / 65535);
  return (code) => {
    const at = code * (count - 1);
    const low = Math.min(Math.trunc(at), count - 2);
    return table[low] + (at - low) * (table[low + 1] - table[low]);
  };
}

const PARAMETERS = [1, 3, 4, 5, 7];

/** Table 68 of ICC.1:2022. @param {DataView} tag @returns {((code: number) => number) | null} */
function parametric(tag) {
  const kind = tag.getUint16(8);
  if (kind >= PARAMETERS.length) return null;
  const values = Array.from({ length: 7 },
    (_, i) => i < PARAMETERS[kind] ? fixed(tag, 12 + 4 * i) : 0);
  const [gamma, a, b, c, d, e, f] = values;
  if (kind === 0) return (code) => code ** gamma;
  /** @param {number} code */
  const power = (code) => Math.max(a * code + b, 0) ** gamma;
  if (kind <= 2) {
    const constant = kind === 2 ? c : 0;
    return (code) => ((a ? code >= -b / a : code < 0) ? power(code) : 0) + constant;
  }
  return (code) => (code >= d ? power(code) + e : c * code + f);
}
