// Photos written: encoded by the browser, with the metadata put back.

import { joined } from "./bytes.js";
import { withoutPlace, withoutThumbnail } from "./exif.js";
import * as jpeg from "./jpeg.js";
import * as png from "./png.js";
import { encoded as transparent } from "./png_pixels.js";
import * as webp from "./webp.js";

/** @type {Record<string, string>} */
const TYPES = { jpeg: "image/jpeg", png: "image/png", webp: "image/webp" };

/** @type {Record<string, string>} */
export const EXTENSIONS = { jpeg: ".jpg", png: ".png", webp: ".webp" };

/** What a photo of this format is written as, where nothing else is asked for. @param {string} format */
export const writtenAs = (format) => (format in TYPES ? format : "jpeg");

/**
 * A file of pixels in stored order.
 * @param {import("./decode.js").Decoded} photo
 * @param {{ format: string, quality: number, strip: "none" | "gps" | "all" }} saving
 * @returns {Promise<{ blob: Blob, extension: string, notices: string[] }>}
 */
export async function encode(photo, { format, quality, strip }) {
  const encoded = photo.alpha && format === "png"
    ? await transparent(photo.data, photo.width, photo.height)
    : new Uint8Array(await (await picture(photo, TYPES[format], quality)).arrayBuffer());
  const { metadata, notices } = traveling(photo, format, strip);
  const file = format === "jpeg" ? jpeg.written(encoded, metadata)
    : format === "png" ? await png.written(encoded, metadata)
    : webp.written(encoded, metadata, photo);
  const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (file)], { type: TYPES[format] });
  return { blob, extension: EXTENSIONS[format], notices };
}

/** @param {import("./decode.js").Decoded} photo @param {string} type @param {number} quality */
async function picture({ data, width, height, alpha }, type, quality) {
  if (alpha && type === TYPES.jpeg) for (let at = 3; at < data.length; at += 4) data[at] = 255;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true, alpha }));
  const pixels = new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (data), width);
  context.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type, quality: quality / 100 });
  canvas.width = canvas.height = 0;
  if (blob.type !== type) throw new Error(`This browser cannot write ${type.slice(6).toUpperCase()}.`);
  return blob;
}

/**
 * @param {import("./decode.js").Decoded} photo
 * @param {string} format
 * @param {"none" | "gps" | "all"} strip
 */
function traveling({ metadata, format: before, alpha, orientation }, format, strip) {
  const notices = alpha && format === "jpeg" && before !== "heic" ? ["JPEG keeps no transparency"] : [];
  const same = before === format;
  const exif = metadata.exif && withoutThumbnail(metadata.exif);
  if (strip === "none") {
    if (!same && metadata.kept.length) notices.push("IPTC and texts are not kept in another format");
    return { metadata: { ...metadata, exif, kept: same ? metadata.kept : [] }, notices };
  }
  const bare = { icc: metadata.icc, xmp: null, kept: [] };
  if (strip === "all") return { metadata: { ...bare, exif: turnedOnly(orientation) }, notices };
  if (metadata.xmp || metadata.kept.length)
    notices.push("XMP, IPTC and texts were left out: they may tell the place");
  return { metadata: { ...bare, exif: exif && withoutPlace(exif) }, notices };
}

/** EXIF that says nothing but how the photo is turned. @param {number} orientation */
function turnedOnly(orientation) {
  if (orientation === 1) return null;
  const head = Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1);
  return joined([head, Uint8Array.of(1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0),
    new Uint8Array(4)]);
}
