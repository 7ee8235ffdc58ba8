// The chunks of a PNG file: read, and put into another one (PNG specification, third edition).

import { bytesOf, deflated, inflated, joined, startsWith, uint32, viewOf } from "./bytes.js";
import { crc32 } from "./crc32.js";

export const SIGNATURE = "\x89PNG\r\n\x1a\n";
const XMP = "XML:com.adobe.xmp";
const COLOR = ["iCCP", "cICP", "sRGB", "gAMA", "cHRM"];
const TEXTS = ["tEXt", "zTXt", "iTXt", "pHYs", "tIME"];

/** @typedef {{ name: string, body: Uint8Array, start: number, stop: number }} Chunk */

/**
 * @typedef {object} Png
 * @property {Uint8Array | null} exif
 * @property {Uint8Array | null} icc
 * @property {Uint8Array | null} xmp
 * @property {Uint8Array[]} kept further chunks that travel, whole
 * @property {boolean} gray
 * @property {boolean} alpha
 * @property {number} bits
 * @property {number} width
 * @property {number} height
 */

/** @param {Uint8Array} bytes @returns {Generator<Chunk>} */
export function* walk(bytes) {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length;) {
    const start = at + 8;
    const stop = start + view.getUint32(at);
    if (stop + 4 > bytes.length) return;
    const name = String.fromCharCode(...bytes.subarray(at + 4, start));
    yield { name, body: bytes.subarray(start, stop), start: at, stop: stop + 4 };
    at = stop + 4;
  }
}

/** @param {Uint8Array} bytes @returns {Promise<Png>} */
export async function parse(bytes) {
  /** @type {Png} */
  const found = { exif: null, icc: null, xmp: null, kept: [], gray: false, alpha: false, bits: 8,
    width: 0, height: 0 };
  for (const { name, body, start, stop } of walk(bytes)) {
    if (name === "IHDR") {
      found.width = viewOf(body).getUint32(0);
      found.height = viewOf(body).getUint32(4);
      found.bits = body[8];
      found.gray = (body[9] & 3) === 0;
      found.alpha = Boolean(body[9] & 4);
    } else if (name === "tRNS") found.alpha = true;
    else if (name === "eXIf") found.exif = body.slice();
    else if (name === "iCCP") found.icc = await profileOf(body);
    else if (name === "iTXt" && startsWith(body, XMP + "\0\0")) found.xmp = textOf(body);
    else if (TEXTS.includes(name)) found.kept.push(bytes.slice(start, stop));
  }
  return found;
}

/** An uncompressed iTXt's text, behind its language and translation. @param {Uint8Array} body */
function textOf(body) {
  const language = body.indexOf(0, XMP.length + 3);
  return body.slice(body.indexOf(0, language + 1) + 1);
}

/** @param {Uint8Array} body @returns {Promise<Uint8Array | null>} */
async function profileOf(body) {
  try {
    return await inflated(body.subarray(body.indexOf(0) + 2));
  } catch {
    return null; // a damaged profile is none
  }
}

/**
 * The file for the browser to decode as it is: without orientation and further pictures, and
 * without anything about its colors where `color` is false.
 * @param {Uint8Array} bytes
 * @param {boolean} color
 */
export function bare(bytes, color) {
  const parts = [bytes.subarray(0, 8)];
  for (const { name, start, stop } of walk(bytes))
    if (name !== "eXIf" && (color || !COLOR.includes(name))) parts.push(bytes.subarray(start, stop));
  return parts;
}

/**
 * An encoder's PNG with this metadata in place of its own.
 * @param {Uint8Array} encoded
 * @param {{ exif: Uint8Array | null, icc: Uint8Array | null, xmp: Uint8Array | null,
 *   kept: Uint8Array[] }} metadata
 */
export async function written(encoded, { exif, icc, xmp, kept }) {
  const parts = [encoded.subarray(0, 8)];
  for (const { name, start, stop } of walk(encoded)) {
    if (name === "IHDR" || name === "IDAT" || name === "IEND" || name === "PLTE" || name === "tRNS")
      parts.push(encoded.subarray(start, stop));
    if (name !== "IHDR") continue;
    if (icc) parts.push(chunk("iCCP", bytesOf("ICC profile\0\0"), await deflated(icc)));
    if (exif) parts.push(chunk("eXIf", exif));
    if (xmp) parts.push(chunk("iTXt", bytesOf(XMP + "\0\0\0\0\0"), xmp));
    parts.push(...kept);
  }
  return joined(parts);
}

/** @param {string} name @param {Uint8Array[]} bodies */
export function chunk(name, ...bodies) {
  const named = joined([bytesOf(name), ...bodies]);
  return joined([uint32(named.length - 4), named, uint32(crc32(named))]);
}
