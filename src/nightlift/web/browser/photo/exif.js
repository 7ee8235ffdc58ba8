// EXIF blocks, changed in place so that everything in them keeps its offset (TIFF 6.0, EXIF 2.32).

import { viewOf } from "./bytes.js";

const ORIENTATION = 0x0112;
const EXIF_IFD = 0x8769;
const GPS_IFD = 0x8825;
const MAKER_NOTE = 0x927c;
const PLACED = [GPS_IFD, MAKER_NOTE];
const SIZES = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const MOST_ENTRIES = 4096;

/** @typedef {{ tag: number, type: number, count: number, at: number, start: number, length: number }} Entry */

/** One block and its byte order; RangeError where it is none. */
class Block {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    const order = this.view.getUint32(0);
    if (order !== 0x49492a00 && order !== 0x4d4d002a) throw new RangeError("not a TIFF block");
    this.little = order === 0x49492a00;
    this.first = this.view.getUint32(4, this.little);
    if (this.first < 8 || this.end(this.first) > bytes.length)
      throw new RangeError("the first directory lies beyond the end");
  }

  /** Where the offset of the next directory stands. @param {number} directory */
  end(directory) {
    return directory + 2 + 12 * this.view.getUint16(directory, this.little);
  }

  /** @param {number} directory @returns {Entry[]} whose values lie inside the block */
  entries(directory) {
    if (directory + 2 > this.bytes.length) return [];
    const count = Math.min(this.view.getUint16(directory, this.little), MOST_ENTRIES);
    const found = [];
    for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12) {
      if (at + 12 > this.bytes.length) break;
      const entry = this.entry(at);
      if (entry.start + entry.length <= this.bytes.length) found.push(entry);
    }
    return found;
  }

  /** @param {number} at @returns {Entry} */
  entry(at) {
    const [tag, type] = [at, at + 2].map((place) => this.view.getUint16(place, this.little));
    const count = this.view.getUint32(at + 4, this.little);
    const length = (SIZES[type] ?? 1) * count;
    const start = length <= 4 ? at + 8 : this.view.getUint32(at + 8, this.little);
    return { tag, type, count, at, start, length };
  }

  /** The number of an entry. @param {number} directory @param {number} tag */
  value(directory, tag) {
    const entry = this.entries(directory).find((each) => each.tag === tag);
    if (!entry || ![3, 4, 13].includes(entry.type)) return null;
    return entry.type === 3 ? this.view.getUint16(entry.start, this.little)
      : this.view.getUint32(entry.start, this.little);
  }
}

/** @param {Uint8Array} exif @returns {Block | null} */
function blockOf(exif) {
  try {
    return new Block(exif);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether it can be read. @param {Uint8Array} exif */
export const isSound = (exif) => blockOf(exif) !== null;

/** The orientation tag, 1 where there is none or it makes no sense. @param {Uint8Array | null} exif */
export function orientationOf(exif) {
  const block = exif && blockOf(exif);
  const value = block ? block.value(block.first, ORIENTATION) : null;
  return value !== null && value >= 1 && value <= 8 ? value : 1;
}

/**
 * The block without the small picture in it, which shows the photo as it was.
 * @param {Uint8Array} exif
 */
export function withoutThumbnail(exif) {
  const block = blockOf(exif.slice());
  if (!block) return exif;
  const link = block.end(block.first);
  if (link + 4 > block.bytes.length) return exif;
  const second = block.view.getUint32(link, block.little);
  if (!second) return exif;
  block.view.setUint32(link, 0);
  const offset = block.value(second, 0x0201);
  const length = block.value(second, 0x0202);
  if (!offset || !length) return block.bytes;
  block.bytes.fill(0, offset, offset + length);
  return offset + length >= block.bytes.length && offset > second
    ? block.bytes.slice(0, offset) : block.bytes;
}

/**
 * The block without the place and without the maker's note, which may tell it: their bytes are
 * zero, and their entries empty.
 * @param {Uint8Array} exif
 */
export function withoutPlace(exif) {
  const block = blockOf(exif.slice());
  if (!block) return exif;
  const place = block.value(block.first, GPS_IFD);
  if (place) erase(block, place);
  for (const directory of [block.first, block.value(block.first, EXIF_IFD)])
    for (const entry of directory ? block.entries(directory) : [])
      if (PLACED.includes(entry.tag)) empty(block, entry);
  return block.bytes;
}

/** @param {Block} block @param {number} directory */
function erase(block, directory) {
  for (const entry of block.entries(directory))
    block.bytes.fill(0, entry.start, entry.start + entry.length);
  if (block.end(directory) <= block.bytes.length)
    block.bytes.fill(0, directory, block.end(directory));
}

/** An entry without its value, of a tag that nobody reads. @param {Block} block @param {Entry} entry */
function empty(block, entry) {
  block.bytes.fill(0, entry.start, entry.start + entry.length);
  block.view.setUint16(entry.at + 2, 1, block.little);
  block.view.setUint32(entry.at + 4, 1, block.little);
  block.view.setUint32(entry.at + 8, 0);
}
