// The RGB of a profile and sRGB, there and back: the twin of nightlift.photo.matrix_rgb.

import { SAMPLES, matrixProfile } from "./icc.js";

/** Linear sRGB to XYZ at D50. */
const SRGB_TO_XYZ = [
  [0.4360747, 0.3850649, 0.1430804],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322, 0.0971045, 0.7141733],
];

export const KNOTS = 4096;
const SAME_TONE = 0.3 / 255;
const SAME_PRIMARIES = 1e-3;
const ROUNDED = 0.02;
const NEAR_PRIMARIES = 0.3;
const SAME_WHITE = 1e-6;
export const TOE = 0.08;
export const END = 1.75;

/**
 * From the codes of one RGB to those of another; null curves are sRGB's own, with their sign.
 * `quick` mixes v² + TOE v of a code v in place of its light.
 * @typedef {object} Recoding
 * @property {Float32Array[] | null} decode
 * @property {number[][]} matrix
 * @property {Float32Array[] | null} encode
 * @property {boolean} quick
 */

/**
 * Channel by channel, codes of 8 bits with sRGB's tone curve, and the way back at evenly spaced
 * values from 0 to 1.
 * @typedef {{ codes: Float32Array[], back: Float32Array[] }} Tone
 */

/**
 * `tone` is null where it is sRGB's within a step of 8 bits.
 * @typedef {{ toSrgb: Recoding, fromSrgb: Recoding, tone: Tone | null }} RgbSpace
 */

/**
 * What a profile means for pixels: `converts` where they must be brought to sRGB before anything is
 * done to them; else `space` is the way there and back (null: they are sRGB as they are).
 * @typedef {{ converts: boolean, space: RgbSpace | null, wide: boolean }} Meaning
 */

/** @param {Uint8Array | null} icc @returns {Meaning} */
export function meaningOf(icc) {
  if (!icc) return { converts: false, space: null, wide: false };
  const profile = matrixProfile(icc);
  if (!profile || !profile.curves.every(likeSrgb))
    return { converts: true, space: null, wide: false };
  const space = spaceOf(profile);
  return { converts: false, space, wide: space !== null };
}

/** Whether a curve's local exponents lie between 1.8 and 2.4. @param {Float64Array} curve */
function likeSrgb(curve) {
  const exponents = [0.25, 0.5, 0.75].map((at) =>
    Math.log(Math.max(curve[Math.round(at * (SAMPLES - 1))], 1e-9)) / Math.log(at));
  return curve[0] <= 0.02 && curve[SAMPLES - 1] >= 0.98
    && exponents.every((exponent) => exponent >= 1.75 && exponent <= 2.55);
}

/** @param {import("./icc.js").MatrixProfile} profile @returns {RgbSpace | null} */
export function spaceOf({ primaries, curves }) {
  const matrix = product(inverse(SRGB_TO_XYZ), primaries);
  const white = matrix.map((row) => row[0] + row[1] + row[2]);
  if (white.every((sum) => Math.abs(sum - 1) < ROUNDED))
    matrix.forEach((row, i) => row.forEach((value, j) => { row[j] = value / white[i]; }));
  const srgbTone = curves.every((curve) => curve.every((light, i) =>
    Math.abs(srgbEncode(light) - i / (SAMPLES - 1)) < SAME_TONE));
  const furthest = Math.max(...matrix.flatMap((row, i) =>
    row.map((value, j) => Math.abs(value - (i === j ? 1 : 0)))));
  if (srgbTone && furthest < SAME_PRIMARIES) return null;
  const quick = srgbTone && furthest < NEAR_PRIMARIES;
  const decode = srgbTone ? null : curves.map(decoding);
  const encode = srgbTone ? null : curves.map(encoding);
  return { tone: toneOf(curves), toSrgb: { decode, matrix, encode: null, quick },
    fromSrgb: { decode: null, matrix: inverse(matrix), encode, quick } };
}

/** The same by sRGB's own curve, never the quick way. @param {RgbSpace} space @returns {RgbSpace} */
export const exact = (space) => ({ ...space, toSrgb: { ...space.toSrgb, quick: false },
  fromSrgb: { ...space.fromSrgb, quick: false } });

/** @param {Float64Array[]} curves @returns {Tone | null} */
function toneOf(curves) {
  const like = curves.every((curve) => curve.every((light, i) =>
    Math.abs(srgbEncode(light) - i / (SAMPLES - 1)) < 1 / 255));
  if (like) return null;
  const codes = curves.map((curve) => Float32Array.from({ length: 256 },
    (_, code) => srgbEncode(curve[257 * code])));
  return { codes, back: curves.map((curve) => inverted(curve, srgbDecode)) };
}

/** @param {Float64Array} curve */
function decoding(curve) {
  return Float32Array.from({ length: KNOTS }, (_, i) => {
    const at = i / (KNOTS - 1) * (SAMPLES - 1);
    const low = Math.min(Math.trunc(at), SAMPLES - 2);
    return curve[low] + (at - low) * (curve[low + 1] - curve[low]);
  });
}

/** Codes by the root of light. @param {Float64Array} curve rising */
const encoding = (curve) => inverted(curve, (root) => root * root);

/**
 * Codes at which a curve gives the light of evenly spaced values.
 * @param {Float64Array} curve rising
 * @param {(value: number) => number} lightOf
 */
function inverted(curve, lightOf) {
  const out = new Float32Array(KNOTS);
  for (let i = 0, at = 0; i < KNOTS; i++) {
    const light = lightOf(i / (KNOTS - 1));
    while (at < SAMPLES - 1 && curve[at + 1] <= light) at++;
    const next = Math.min(at + 1, SAMPLES - 1);
    const step = curve[next] - curve[at];
    const share = step > 0 ? Math.min(Math.max((light - curve[at]) / step, 0), 1) : 0;
    out[i] = (at + share) / (SAMPLES - 1);
  }
  return out;
}

/**
 * A function that recodes a row of RGB in place.
 *
 * Each step is a loop of its own: one that called a curve for each value, whichever it is, would be
 * several times slower.
 * @param {Recoding} how
 * @returns {(rgb: Float32Array) => void}
 */
export function recoding({ decode, matrix, encode, quick }) {
  const mixed = mixing(matrix);
  return (rgb) => {
    if (quick) quickLight(rgb);
    else if (decode) onCurves(rgb, decode);
    else srgbLight(rgb);
    mix(rgb, mixed);
    if (quick) quickCode(rgb);
    else if (encode) onCurves(rooted(rgb), encode);
    else srgbCode(rgb);
  };
}

/**
 * A matrix for each channel and what the others differ from it by: gray stays exactly gray. The
 * diagonal is what white becomes: 1 where a space has the same white, up to rounding.
 * @param {number[][]} matrix
 */
export const mixing = (matrix) => matrix.map((row, i) => {
  const white = row[0] + row[1] + row[2];
  const kept = Math.abs(white - 1) < SAME_WHITE ? 1 : white;
  return row.map((value, j) => i === j ? kept : value);
});

/** @param {Float32Array} rgb @param {number[][]} mixed */
function mix(rgb, [m0, m1, m2]) {
  for (let at = 0; at < rgb.length; at += 3) {
    const r = rgb[at], g = rgb[at + 1], b = rgb[at + 2];
    rgb[at] = m0[0] * r + m0[1] * (g - r) + m0[2] * (b - r);
    rgb[at + 1] = m1[1] * g + m1[0] * (r - g) + m1[2] * (b - g);
    rgb[at + 2] = m2[2] * b + m2[0] * (r - b) + m2[1] * (g - b);
  }
}

/** @param {Float32Array} rgb */
function quickLight(rgb) {
  for (let i = 0; i < rgb.length; i++) rgb[i] *= Math.abs(rgb[i]) + TOE;
}

/** @param {Float32Array} rgb */
function quickCode(rgb) {
  for (let i = 0; i < rgb.length; i++) {
    const root = Math.sqrt(Math.abs(rgb[i]) + TOE * TOE / 4) - TOE / 2;
    rgb[i] = rgb[i] < 0 ? -root : root;
  }
}

/** @param {Float32Array} rgb */
function rooted(rgb) {
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.sqrt(Math.max(rgb[i], 0));
  return rgb;
}

/** @param {Float32Array} rgb @param {Float32Array[]} curves */
function onCurves(rgb, curves) {
  for (let channel = 0; channel < 3; channel++)
    for (let i = channel; i < rgb.length; i += 3) rgb[i] = knotted(curves, channel, rgb[i]);
}

/** sRGB's curve, with its sign, by straight lines between knots. @param {Float32Array} rgb */
function srgbLight(rgb) {
  for (let i = 0; i < rgb.length; i++) {
    const light = between(SRGB_LIGHT, Math.min(Math.abs(rgb[i]), END) / END);
    rgb[i] = rgb[i] < 0 ? -light : light;
  }
}

/** The way back, over the root of light. @param {Float32Array} rgb */
function srgbCode(rgb) {
  for (let i = 0; i < rgb.length; i++) {
    const code = between(SRGB_CODE, Math.sqrt(Math.min(Math.abs(rgb[i]), END_LIGHT) / END_LIGHT));
    rgb[i] = rgb[i] < 0 ? -code : code;
  }
}

/** A value on a channel's curve. */
/** @param {Float32Array[]} curves @param {number} channel @param {number} value */
export function knotted(curves, channel, value) {
  return between(curves[channel], Math.min(Math.max(value, 0), 1));
}

/** @param {Float32Array} curve of KNOTS knots @param {number} value from 0 to 1 */
function between(curve, value) {
  const at = value * (KNOTS - 1);
  const low = Math.min(Math.trunc(at), KNOTS - 2);
  return curve[low] + (at - low) * (curve[low + 1] - curve[low]);
}

/** Code to linear light (IEC 61966-2-1). @param {number} code */
export function srgbDecode(code) {
  return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
}

/** Linear light to code. @param {number} light */
export function srgbEncode(light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

export const END_LIGHT = srgbDecode(END);

const SRGB_LIGHT = Float32Array.from({ length: KNOTS }, (_, i) => srgbDecode(END * i / (KNOTS - 1)));
const SRGB_CODE = Float32Array.from({ length: KNOTS },
  (_, i) => srgbEncode(END_LIGHT * (i / (KNOTS - 1)) ** 2));

/**
 * A small copy in true sRGB, colors outside it clipped.
 * @param {Float32Array} rgb changed in place
 * @param {RgbSpace | null} space
 */
export function smallToSrgb(rgb, space) {
  if (!space) return;
  recoding(exact(space).toSrgb)(rgb);
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.min(Math.max(rgb[i], 0), 1);
}

/** @param {number[][]} a @param {number[][]} b */
function product(a, b) {
  return a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]));
}

/** The inverse of a 3 × 3 matrix by its cofactors. @param {number[][]} m */
function inverse(m) {
  /** @param {number} i @param {number} j */
  const cofactor = (i, j) => {
    const [a, b] = [(i + 1) % 3, (i + 2) % 3], [c, d] = [(j + 1) % 3, (j + 2) % 3];
    return m[a][c] * m[b][d] - m[a][d] * m[b][c];
  };
  const determinant = m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
  return [0, 1, 2].map((i) => [0, 1, 2].map((j) => cofactor(j, i) / determinant));
}
