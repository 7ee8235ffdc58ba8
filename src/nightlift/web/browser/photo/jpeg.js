// The segments of a JPEG file: taken apart when read, put in again when written (ITU-T T.81).

import { bytesOf, includes, joined, startsWith, viewOf } from "./bytes.js";

const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP = "http://ns.adobe.com/xmp/extension/\0";
const ICC = "ICC_PROFILE\0";
const IPTC = "Photoshop 3.0\0";
const LIMIT = 65533;
const [SOS, EOI, APP0, APP1, APP2, APP13, COM, DQT] =
  [0xda, 0xd9, 0xe0, 0xe1, 0xe2, 0xed, 0xfe, 0xdb];

/** In the order in which tables are stored, their places (figure 5). */
const ZIGZAG = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const [ay, ax, by, bx] = [a >> 3, a & 7, b >> 3, b & 7];
  return ax + ay - bx - by || ((ax + ay) % 2 ? ay - by : ax - bx);
});

/** @typedef {{ marker: number, start: number, stop: number }} Segment where its body lies */

/**
 * @typedef {object} Jpeg
 * @property {Uint8Array | null} exif
 * @property {Uint8Array | null} icc
 * @property {Uint8Array | null} xmp
 * @property {Uint8Array[]} kept further segments that travel, whole
 * @property {number[][]} quantization the table of each component, rows first
 * @property {string | null} subsampling such as 420; null: gray, or an unusual one
 * @property {number} components
 * @property {number} width 0 where there is no picture
 * @property {number} height
 * @property {string[]} notices what cannot be kept
 */

/**
 * What is in front of the picture.
 * @param {Uint8Array} bytes
 * @returns {Jpeg}
 */
export function parse(bytes) {
  /** @type {Jpeg} */
  const found = { exif: null, icc: null, xmp: null, kept: [], quantization: [], subsampling: null,
    components: 0, width: 0, height: 0, notices: [] };
  /** @type {Uint8Array[]} */
  const profile = [];
  /** @type {number[][]} */
  const tables = [];
  /** @type {Set<string>} */
  const lost = new Set();
  for (const segment of walk(bytes)) {
    const body = bytes.subarray(segment.start, segment.stop);
    if (segment.marker === DQT) defineTables(tables, body);
    else if (isFrame(segment.marker)) readFrame(found, body, tables);
    else if (segment.marker === APP1 && startsWith(body, EXIF)) found.exif ??= body.slice(6);
    else if (segment.marker === APP2 && startsWith(body, ICC)) profile[body[12]] = body.slice(14);
    else takeMore(found, segment, body, bytes, lost);
  }
  if (profile.length) found.icc = joined(profile.filter(Boolean));
  if (found.xmp && includes(found.xmp, "MotionPhoto")) lost.add("the video of the motion photo was left out");
  found.notices = [...lost];
  return found;
}

/** @param {number} marker */
const isFrame = (marker) => marker >= 0xc0 && marker <= 0xc2;

/**
 * @param {Jpeg} found
 * @param {Segment} segment
 * @param {Uint8Array} body
 * @param {Uint8Array} bytes
 * @param {Set<string>} lost
 */
function takeMore(found, { marker, start, stop }, body, bytes, lost) {
  if (marker === APP1 && startsWith(body, XMP)) found.xmp ??= body.slice(XMP.length);
  else if ((marker === APP13 && startsWith(body, IPTC)) || marker === COM
    || (marker === APP1 && startsWith(body, EXTENDED_XMP)))
    found.kept.push(bytes.slice(start - 4, stop));
  else if (marker === APP2 && (startsWith(body, "MPF\0") || startsWith(body, "urn:iso:std:iso:ts:21496")))
    lost.add("the gain map, or the further pictures in the file, were left out");
}

/**
 * Each segment up to the picture.
 * @param {Uint8Array} bytes
 * @returns {Generator<Segment>}
 */
function* walk(bytes) {
  const view = viewOf(bytes);
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0) {
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    if (marker === SOS || marker === EOI) return;
    const stop = at + 2 + view.getUint16(at + 2);
    if (stop > bytes.length || stop < at + 4) return;
    yield { marker, start: at + 4, stop };
    at = stop;
  }
}

/** @param {number[][]} tables @param {Uint8Array} body */
function defineTables(tables, body) {
  for (let at = 0; at < body.length;) {
    const wide = body[at] >> 4 ? 2 : 1;
    if (at + 1 + 64 * wide > body.length) return;
    const table = new Array(64).fill(0);
    for (let i = 0; i < 64; i++) {
      const from = at + 1 + i * wide;
      table[ZIGZAG[i]] = wide === 2 ? 256 * body[from] + body[from + 1] : body[from];
    }
    tables[body[at] & 15] = table;
    at += 1 + 64 * wide;
  }
}

/** @type {Record<string, string>} */
const SUBSAMPLINGS = { 0x11: "444", 0x21: "422", 0x22: "420", 0x12: "440", 0x41: "411" };

/** @param {Jpeg} found @param {Uint8Array} body @param {number[][]} tables */
function readFrame(found, body, tables) {
  found.components = body[5];
  found.height = 256 * body[1] + body[2];
  found.width = 256 * body[3] + body[4];
  const numbers = Array.from({ length: body[5] }, (_, i) => body[8 + 3 * i]);
  if (numbers.every((number) => tables[number])) found.quantization = numbers.map((n) => tables[n]);
  if (body[5] === 3) found.subsampling = SUBSAMPLINGS[body[7]] ?? null;
}

/**
 * The file for the browser to decode as it is: without orientation, and without the profile where
 * `icc` is false.
 * @param {Uint8Array} bytes
 * @param {boolean} icc
 */
export function bare(bytes, icc) {
  const parts = [];
  let from = 0;
  for (const { marker, start, stop } of walk(bytes)) {
    if (marker === APP1 || (marker === APP2 && !icc)) {
      parts.push(bytes.subarray(from, start - 4));
      from = stop;
    }
  }
  return [...parts, bytes.subarray(from)];
}

/**
 * An encoder's JPEG with this metadata in place of its own.
 * @param {Uint8Array} encoded
 * @param {{ exif: Uint8Array | null, icc: Uint8Array | null, xmp: Uint8Array | null,
 *   kept: Uint8Array[] }} metadata
 */
export function written(encoded, { exif, icc, xmp, kept }) {
  let [head, picture] = [encoded.subarray(0, 2), 2];
  for (const { marker, start, stop } of walk(encoded)) {
    if (marker === APP0 && startsWith(encoded.subarray(start, stop), "JFIF\0")) {
      head = encoded.subarray(0, stop);
      picture = stop;
    } else if (marker === APP1 || marker === APP2) picture = stop;
    else break;
  }
  const parts = [head];
  if (exif && exif.length + EXIF.length <= LIMIT) parts.push(segment(APP1, EXIF, exif));
  if (xmp && xmp.length + XMP.length <= LIMIT) parts.push(segment(APP1, XMP, xmp));
  parts.push(...kept, ...profileSegments(icc), encoded.subarray(picture));
  return joined(parts);
}

/** @param {Uint8Array | null} icc */
function profileSegments(icc) {
  const size = LIMIT - ICC.length - 2;
  const count = icc ? Math.ceil(icc.length / size) : 0;
  return Array.from({ length: count }, (_, i) => segment(APP2,
    ICC + String.fromCharCode(i + 1, count),
    /** @type {Uint8Array} */ (icc).subarray(i * size, (i + 1) * size)));
}

/** @param {number} marker @param {string} name @param {Uint8Array} body */
function segment(marker, name, body) {
  const length = 2 + name.length + body.length;
  return joined([Uint8Array.of(0xff, marker, length >> 8, length & 255), bytesOf(name), body]);
}
