// The chunks of a WebP file: read, and put into another one (WebP container specification).

import { bytesOf, joined, startsWith, uint32, viewOf } from "./bytes.js";

const [ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG] = [0x20, 0x10, 0x08, 0x04];

/** @param {Uint8Array} bytes */
export const isWebp = (bytes) => startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8);

/** @param {Uint8Array} bytes @returns {Map<string, Uint8Array>} bodies by name */
function chunksOf(bytes) {
  const view = viewOf(bytes);
  const found = new Map();
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    if (!found.has(name)) found.set(name, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + length % 2;
  }
  return found;
}

/** @param {Uint8Array} bytes */
export function parse(bytes) {
  const chunks = chunksOf(bytes);
  const exif = chunks.get("EXIF")?.slice() ?? null;
  const bare = exif && startsWith(exif, "Exif\0\0") ? exif.slice(6) : exif;
  const flags = chunks.get("VP8X")?.[0] ?? 0;
  return { exif: bare, icc: chunks.get("ICCP")?.slice() ?? null,
    xmp: chunks.get("XMP ")?.slice() ?? null, alpha: Boolean(flags & ALPHA_FLAG)
      || chunks.has("VP8L"), lossless: chunks.has("VP8L"), animated: chunks.has("ANIM") };
}

/**
 * The file for the browser to decode as it is: without orientation, and with this profile or none.
 * @param {Uint8Array} bytes
 * @param {Uint8Array | null} icc
 */
export function bare(bytes, icc) {
  const chunks = chunksOf(bytes);
  if (!chunks.has("VP8X")) return [bytes];
  for (const name of icc ? ["EXIF", "XMP "] : ["EXIF", "XMP ", "ICCP"]) chunks.delete(name);
  if (icc) chunks.set("ICCP", icc);
  return [riff(chunks, icc ? ICC_FLAG | ALPHA_FLAG : ALPHA_FLAG)];
}

/**
 * An encoder's WebP with this metadata in place of its own.
 * @param {Uint8Array} encoded
 * @param {{ exif: Uint8Array | null, icc: Uint8Array | null, xmp: Uint8Array | null }} metadata
 * @param {{ width: number, height: number }} sides
 */
export function written(encoded, { exif, icc, xmp }, { width, height }) {
  const chunks = chunksOf(encoded);
  const picture = ["ALPH", "VP8 ", "VP8L"].filter((name) => chunks.has(name));
  const alpha = chunks.has("ALPH") || Boolean((chunks.get("VP8X")?.[0] ?? 0) & ALPHA_FLAG);
  const head = new Uint8Array(10);
  const view = viewOf(head);
  head[0] = (icc ? ICC_FLAG : 0) | (alpha ? ALPHA_FLAG : 0) | (exif ? EXIF_FLAG : 0)
    | (xmp ? XMP_FLAG : 0);
  view.setUint16(4, (width - 1) & 0xffff, true);
  head[6] = (width - 1) >> 16;
  view.setUint16(7, (height - 1) & 0xffff, true);
  head[9] = (height - 1) >> 16;
  /** @type {Map<string, Uint8Array>} */
  const all = new Map([["VP8X", head]]);
  if (icc) all.set("ICCP", icc);
  for (const name of picture) all.set(name, /** @type {Uint8Array} */ (chunks.get(name)));
  if (exif) all.set("EXIF", exif);
  if (xmp) all.set("XMP ", xmp);
  return riff(all, 0xff);
}

/** @param {Map<string, Uint8Array>} chunks @param {number} flags that stay */
function riff(chunks, flags) {
  const parts = [bytesOf("WEBP")];
  for (const [name, body] of chunks) {
    const kept = body.slice();
    if (name === "VP8X") kept[0] &= flags;
    parts.push(bytesOf(name), uint32(body.length, true), kept, new Uint8Array(body.length % 2));
  }
  const inside = joined(parts);
  return joined([bytesOf("RIFF"), uint32(inside.length, true), inside]);
}
