// Pixels of PNGs with transparency, which a canvas would lose something of: it keeps colors multiplied
// by their opacity (PNG specification, third edition, chapters 7 and 9).

import { deflated, inflated, joined, bytesOf, uint32, viewOf } from "./bytes.js";
import { SIGNATURE, chunk, walk } from "./png.js";

/** Channels of the color types that are read here: gray and RGB with opacity. @type {Record<number, number>} */
const CHANNELS = { 4: 2, 6: 4 };

/**
 * RGBA of a file; null where it is of another kind than 8 bits with opacity, not interlaced.
 * @param {Uint8Array} bytes
 * @returns {Promise<{ data: Uint8ClampedArray, width: number, height: number } | null>}
 */
export async function decoded(bytes) {
  const chunks = [...walk(bytes)];
  const head = viewOf(chunks[0].body);
  const [width, height] = [head.getUint32(0), head.getUint32(4)];
  const channels = CHANNELS[head.getUint8(9)];
  if (head.getUint8(8) !== 8 || !channels || head.getUint8(12)) return null;
  const packed = chunks.filter(({ name }) => name === "IDAT").map(({ body }) => body);
  const rows = await inflated(joined(packed));
  if (rows.length < height * (width * channels + 1)) throw new RangeError("the PNG is cut off");
  unfilter(rows, width * channels, height, channels);
  return { data: expanded(rows, width, height, channels), width, height };
}

/**
 * Take the filters back, in place: each row begins with the number of its own.
 * @param {Uint8Array} rows
 * @param {number} length of a row
 * @param {number} height
 * @param {number} step bytes from pixel to pixel
 */
function unfilter(rows, length, height, step) {
  const pitch = length + 1;
  for (let y = 0; y < height; y++) {
    const start = y * pitch + 1;
    const filter = rows[start - 1];
    for (let i = 0, at = start; i < length; i++, at++) {
      const left = i >= step ? rows[at - step] : 0;
      const up = y ? rows[at - pitch] : 0;
      const corner = y && i >= step ? rows[at - pitch - step] : 0;
      rows[at] += filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1
        : filter === 4 ? paeth(left, up, corner) : 0;
    }
  }
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** @param {Uint8Array} rows @param {number} width @param {number} height @param {number} channels */
function expanded(rows, width, height, channels) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = y * (width * channels + 1) + 1; x < width; x++, at += channels, to += 4) {
      data[to] = rows[at];
      data[to + 1] = rows[channels === 4 ? at + 1 : at];
      data[to + 2] = rows[channels === 4 ? at + 2 : at];
      data[to + 3] = rows[at + channels - 1];
    }
  }
  return data;
}

/**
 * A PNG of RGBA, its rows filtered by differences to the row above.
 * @param {Uint8ClampedArray} data
 * @param {number} width
 * @param {number} height
 */
export async function encoded(data, width, height) {
  const length = 4 * width;
  const rows = new Uint8Array(height * (length + 1));
  for (let y = 0, from = 0; y < height; y++) {
    const start = y * (length + 1);
    rows[start] = 2;
    for (let i = 1; i <= length; i++, from++) rows[start + i] = data[from] - (y ? data[from - length] : 0);
  }
  const head = joined([uint32(width), uint32(height), Uint8Array.of(8, 6, 0, 0, 0)]);
  return joined([bytesOf(SIGNATURE), chunk("IHDR", head), chunk("IDAT", await deflated(rows)),
    chunk("IEND")]);
}
