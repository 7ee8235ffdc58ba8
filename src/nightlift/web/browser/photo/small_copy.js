// The small copy, what a network sees of a photo: the twin of nightlift.photo.proxy, by area.

import { transposes, turn } from "./orientation.js";
import { smallToSrgb } from "./rgb_space.js";

const OVERSAMPLING = 3;

/**
 * Pixels as they are stored, and what is to be known about them.
 * @typedef {object} Photo
 * @property {Uint8ClampedArray} data RGBA
 * @property {number} width
 * @property {number} height
 * @property {number} orientation the EXIF tag, 1 to 8
 * @property {import("./rgb_space.js").RgbSpace | null} space
 */

/** @typedef {{ height: number, width: number } | { longSide: number }} SizeRule */

/** @typedef {{ data: Float32Array, height: number, width: number }} Small */

/**
 * The photo as a network sees it: RGB in [0, 1], upright, sRGB.
 * @param {Photo} photo
 * @param {SizeRule} rule
 * @returns {Small}
 */
export function smallCopy(photo, rule) {
  const sides = storedSize(photo, rule);
  const shrunk = area(photo, sides.height, sides.width);
  const floats = Float32Array.from(shrunk, (code) => code / 255);
  const upright = turn({ data: floats, ...sides, depth: 3 }, photo.orientation);
  smallToSrgb(upright.data, photo.space);
  return { data: upright.data, height: upright.height, width: upright.width };
}

/** Height and width of the small copy, upright. @param {Photo} photo @param {SizeRule} rule */
function storedSize(photo, rule) {
  const across = transposes(photo.orientation);
  if ("longSide" in rule) {
    const scale = Math.min(1, rule.longSide / Math.max(photo.height, photo.width));
    return { height: Math.max(1, even(photo.height * scale)),
      width: Math.max(1, even(photo.width * scale)) };
  }
  return across ? { height: rule.width, width: rule.height }
    : { height: rule.height, width: rule.width };
}

/** Rounded, halves to even, as Python and OpenCV round. @param {number} value */
export function even(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
}

/**
 * RGB at 8 bits: means over areas of a strided pick; bilinear along a side that is too short.
 * @param {{ data: Uint8ClampedArray, height: number, width: number }} photo
 * @param {number} height
 * @param {number} width
 */
export function area(photo, height, width) {
  const picked = pick(photo, stride(photo.height, height), stride(photo.width, width));
  const inner = { height: Math.min(height, picked.height), width: Math.min(width, picked.width) };
  const shrunk = resized(picked, inner, areaWeights);
  return resized(shrunk, { height, width }, linearWeights).data;
}

/** @param {number} side @param {number} small */
const stride = (side, small) => Math.max(1, Math.floor(side / (OVERSAMPLING * small)));

/** @typedef {{ data: Uint8ClampedArray, height: number, width: number }} Bytes RGB */

/**
 * Every n-th row and column, from the middle of whole cells.
 * @param {{ data: Uint8ClampedArray, height: number, width: number }} photo RGBA
 * @param {number} down
 * @param {number} across
 * @returns {Bytes}
 */
function pick({ data, height, width }, down, across) {
  const [rows, columns] = [Math.floor(height / down), Math.floor(width / across)];
  const top = Math.floor((height - rows * down) / 2) + Math.floor(down / 2);
  const left = Math.floor((width - columns * across) / 2) + Math.floor(across / 2);
  const out = new Uint8ClampedArray(3 * rows * columns);
  for (let y = 0, to = 0; y < rows; y++) {
    let from = 4 * ((top + y * down) * width + left);
    for (let x = 0; x < columns; x++, from += 4 * across) {
      out[to++] = data[from];
      out[to++] = data[from + 1];
      out[to++] = data[from + 2];
    }
  }
  return { data: out, height: rows, width: columns };
}

/**
 * What places of the result are made of: from `first` on, by the shares from `start` to the next one's.
 * @typedef {{ first: Int32Array, start: Int32Array, shares: Float64Array }} Weights
 */

/**
 * @param {Bytes} picture
 * @param {{ height: number, width: number }} sides
 * @param {(side: number, wanted: number) => Weights} weigh
 * @returns {Bytes}
 */
function resized(picture, { height, width }, weigh) {
  if (picture.height === height && picture.width === width) return picture;
  const rows = narrowed(picture, weigh(picture.width, width));
  const { first, start, shares } = weigh(picture.height, height);
  const sums = new Float32Array(3 * width);
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let i = start[y], from = first[y] * sums.length; i < start[y + 1]; i++, from += sums.length) {
      const share = shares[i];
      for (let x = 0; x < sums.length; x++) sums[x] += share * rows[from + x];
    }
    data.set(sums, y * sums.length); // rounds to the nearest, halves to even
  }
  return { data, height, width };
}

/** Rows of another width. @param {Bytes} picture @param {Weights} weights */
function narrowed({ data, height, width }, { first, start, shares }) {
  const rows = new Float32Array(3 * first.length * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < first.length; x++, to += 3) {
      let r = 0, g = 0, b = 0;
      for (let i = start[x], at = 3 * (y * width + first[x]); i < start[x + 1]; i++, at += 3) {
        const share = shares[i];
        r += share * data[at];
        g += share * data[at + 1];
        b += share * data[at + 2];
      }
      rows[to] = r;
      rows[to + 1] = g;
      rows[to + 2] = b;
    }
  }
  return rows;
}

/** @param {{ first: number, shares: number[] }[]} places @returns {Weights} */
function joined(places) {
  const start = new Int32Array(places.length + 1);
  places.forEach(({ shares }, i) => { start[i + 1] = start[i] + shares.length; });
  return { start, first: Int32Array.from(places, ({ first }) => first),
    shares: Float64Array.from(places.flatMap(({ shares }) => shares)) };
}

/** @param {number} side @param {number} wanted at most as many @returns {Weights} */
function areaWeights(side, wanted) {
  return joined(Array.from({ length: wanted }, (_, i) => {
    const [begin, end] = [i * side / wanted, (i + 1) * side / wanted];
    const first = Math.floor(begin);
    const last = Math.min(Math.ceil(end - 1e-9), side);
    const shares = Array.from({ length: last - first }, (_, n) =>
      (Math.min(first + n + 1, end) - Math.max(first + n, begin)) * wanted / side);
    return { first, shares };
  }));
}

/** Bilinear at half-pixel centers. @param {number} side @param {number} wanted @returns {Weights} */
function linearWeights(side, wanted) {
  return joined(Array.from({ length: wanted }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) * side / wanted - 0.5, 0), side - 1);
    const first = Math.floor(at);
    return { first, shares: first + 1 < side ? [1 - (at - first), at - first] : [1] };
  }));
}
