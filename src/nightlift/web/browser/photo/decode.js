// Photos read: pixels in stored order and in the file's own RGB, and what travels with them.

import { isSound, orientationOf } from "./exif.js";
import { spelledOut } from "./icc.js";
import * as jpeg from "./jpeg.js";
import * as png from "./png.js";
import { decoded } from "./png_pixels.js";
import { meaningOf } from "./rgb_space.js";
import { joined, startsWith } from "./bytes.js";
import * as webp from "./webp.js";

/**
 * What travels with a photo; `kept` are further segments of a file of the same format.
 * @typedef {object} Metadata
 * @property {Uint8Array | null} exif
 * @property {Uint8Array | null} icc
 * @property {Uint8Array | null} xmp
 * @property {Uint8Array[]} kept
 */

/**
 * A file taken apart, before its pixels are decoded.
 * @typedef {object} Outline
 * @property {string} format
 * @property {Metadata} metadata
 * @property {number} orientation
 * @property {import("./rgb_space.js").RgbSpace | null} space
 * @property {Blob} bare what the browser is to decode
 * @property {number} width of the pixels as they are stored
 * @property {number} height
 * @property {number} bits a channel
 * @property {boolean} gray
 * @property {boolean} alpha
 * @property {string | null} subsampling of a JPEG's chroma, such as 420
 * @property {number[][]} quantization of a JPEG's components
 * @property {string[]} notices
 */

/** @typedef {import("./small_copy.js").Photo & Outline} Decoded */

const PLAIN = { metadata: { exif: null, icc: null, xmp: null, kept: [] }, orientation: 1,
  bits: 8, space: null, gray: false, alpha: false, subsampling: null, quantization: [], notices: [] };

const CONVERTED = "its color profile is not one of primaries and a plain tone curve: it was "
  + "converted to sRGB by the browser";
const EIGHT_BITS = "it has 16 bits a channel, of which a browser keeps 8";
const BROWSER_DECODED = "its metadata is not kept: the browser reads this format, nightlift in the "
  + "browser cannot";

/** A file that no browser, or not this one, can decode. */
export class UnreadableError extends Error {}

/**
 * Take a file apart.
 * @param {Blob} file
 * @returns {Promise<Outline>}
 */
export async function outline(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (startsWith(bytes, "\xff\xd8")) return jpegOutline(bytes);
  if (startsWith(bytes, png.SIGNATURE)) return pngOutline(bytes);
  if (webp.isWebp(bytes)) return webpOutline(bytes);
  const { width, height } = await sidesOf(file);
  return { ...PLAIN, format: nameOf(bytes), bare: file, width, height, alpha: true,
    notices: [BROWSER_DECODED] };
}

/** The sides of what only the browser can read. @param {Blob} file */
async function sidesOf(file) {
  const bitmap = await bitmapOf({ bare: file });
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

/** @param {Uint8Array} bytes */
function nameOf(bytes) {
  const brand = String.fromCharCode(...bytes.subarray(4, 12));
  if (brand.startsWith("ftyp")) return /avi[fs]/.test(brand) ? "avif" : "heic";
  return startsWith(bytes, "BM") ? "bmp" : startsWith(bytes, "GIF8") ? "gif" : "unknown";
}

/** @param {Uint8Array} bytes @returns {Promise<Outline>} */
async function jpegOutline(bytes) {
  const found = jpeg.parse(bytes);
  const metadata = { exif: sound(found.exif), icc: found.icc, xmp: found.xmp, kept: found.kept };
  return { ...PLAIN, ...colored(metadata, found.components === 3, found.notices), format: "jpeg",
    width: found.width, height: found.height,
    bare: await blobOf(bytes, jpeg, metadata.icc, found.components === 3),
    gray: found.components === 1, subsampling: found.subsampling,
    quantization: found.quantization };
}

/** @param {Uint8Array} bytes @returns {Promise<Outline>} */
async function pngOutline(bytes) {
  const found = await png.parse(bytes);
  const metadata = { exif: sound(found.exif), icc: found.icc, xmp: found.xmp, kept: found.kept };
  const notices = found.bits === 16 ? [EIGHT_BITS] : [];
  return { ...PLAIN, ...colored(metadata, !found.gray, notices), format: "png",
    width: found.width, height: found.height, bits: found.bits,
    bare: await blobOf(bytes, png, metadata.icc, !found.gray),
    gray: found.gray, alpha: found.alpha };
}

/** @param {Uint8Array} bytes @returns {Promise<Outline>} */
async function webpOutline(bytes) {
  const found = webp.parse(bytes);
  const metadata = { exif: sound(found.exif), icc: found.icc, xmp: found.xmp, kept: [] };
  const notices = found.animated ? ["of its moving pictures the first one is taken"] : [];
  const converts = metadata.icc !== null && meaningOf(metadata.icc).converts;
  const bare = webp.bare(bytes, converts && metadata.icc ? spelledOut(metadata.icc) : null);
  const { width, height } = await sidesOf(new Blob(blobParts(bare)));
  return { ...PLAIN, ...colored(metadata, true, notices), format: "webp", width, height,
    bare: new Blob(blobParts(bare)), alpha: found.alpha };
}

/** @param {Uint8Array | null} exif */
const sound = (exif) => (exif && isSound(exif) ? exif : null);

/**
 * What metadata means for the pixels; a profile that the browser converts from does not travel.
 * @param {Metadata} metadata
 * @param {boolean} rgb
 * @param {string[]} notices
 */
function colored(metadata, rgb, notices) {
  const orientation = orientationOf(metadata.exif);
  const { converts, space } = rgb ? meaningOf(metadata.icc)
    : { converts: metadata.icc !== null, space: null };
  if (!converts) return { metadata, orientation, space, notices };
  return { metadata: { ...metadata, icc: null }, orientation, space: null,
    notices: [...notices, CONVERTED] };
}

/**
 * The file for the browser to decode, with its profile where the browser is to convert from that.
 * @param {Uint8Array} bytes
 * @param {typeof jpeg | typeof png} format
 * @param {Uint8Array | null} icc
 * @param {boolean} rgb
 */
async function blobOf(bytes, format, icc, rgb) {
  const converts = icc !== null && (!rgb || meaningOf(icc).converts);
  const told = converts ? spelledOut(icc) : icc;
  const bare = format.bare(bytes, converts && told === icc);
  if (told === icc) return new Blob(blobParts(bare));
  const metadata = { exif: null, icc: told, xmp: null, kept: [] };
  return new Blob(blobParts([await format.written(joined(bare), metadata)]));
}

/** Bytes that are in plain memory, which TypeScript cannot know. @param {Uint8Array[]} parts */
const blobParts = (parts) => /** @type {Uint8Array<ArrayBuffer>[]} */ (parts);

/**
 * The bitmap of a file as it is stored.
 * @param {{ bare: Blob }} outline
 * @returns {Promise<ImageBitmap>}
 */
export async function bitmapOf({ bare }) {
  try {
    return await createImageBitmap(bare, { premultiplyAlpha: "none" });
  } catch {
    throw new UnreadableError("This file is no photo that your browser can read: it is damaged, or "
      + "of a kind that only the installed nightlift takes.");
  }
}

/** The pixels of a PNG with transparency. @param {Outline} outline */
async function exactly({ bare }) {
  try {
    return await decoded(new Uint8Array(await bare.arrayBuffer()));
  } catch (error) {
    throw new UnreadableError(`This PNG is damaged: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * A photo with its pixels.
 * @param {Outline} outline
 * @returns {Promise<Decoded>}
 */
export async function decode(outline) {
  if (outline.format === "png" && outline.alpha) {
    const exact = await exactly(outline);
    if (exact) return { ...outline, ...exact };
  }
  const bitmap = await bitmapOf(outline);
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true, alpha: outline.alpha }));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  canvas.width = canvas.height = 0; // its memory goes back now, not when it is collected
  return { ...outline, data: /** @type {Uint8ClampedArray} */ (data), width, height };
}
