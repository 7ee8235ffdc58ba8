// What is seen of a photo: all of it or a region, at the size that the page asks for.

import { cut, render, renderCopy, renderPart } from "./edit/render.js";
import { transposes } from "./photo/orientation.js";
import { onScreen } from "./photo/screen.js";
import { area, even } from "./photo/small_copy.js";

/** @typedef {import("./photo/decode.js").Decoded} Decoded */
/** @typedef {import("../static/types.js").View} View */
/** @typedef {{ top: number, left: number, rows: number, columns: number }} Part in stored order */
/** @typedef {{ data: Uint8ClampedArray, rows: number, columns: number }} Copy RGBA */

/** Photos of up to as many pixels are edited whole and shrunk then. */
const WHOLE_PIXELS = 1e6;

/**
 * @param {Decoded} photo
 * @param {Map<number, Copy>} copies of the whole photo that were made before, by size
 * @param {((factor: number) => import("./edit/estimate.js").Edit) | null} editFor pixels that are
 *   so many times smaller; null: the photo as it was
 * @param {View} view
 * @returns {Promise<ImageBitmap>}
 */
export async function previewed(photo, copies, editFor, { size, region }) {
  const part = region ? storedPart(region, photo) : wholeOf(photo);
  if (Math.max(part.rows, part.columns) <= size) {
    const pixels = editFor ? renderPart(photo, part, editFor(1)) : cut(photo, part);
    return onScreen(pixels, part, photo);
  }
  if (!region && editFor && photo.width * photo.height <= WHOLE_PIXELS) {
    const edited = { ...photo, data: photo.data.slice() };
    await render(edited, editFor(1), async () => {});
    const copy = copyOf(edited, part, size);
    return onScreen(copy.data, copy, photo);
  }
  const copy = region ? copyOf(photo, part, size) : copied(photo, copies, part, size);
  const data = copy.data.slice();
  if (editFor) {
    const scale = copy.columns / part.columns;
    const frame = { height: Math.round(photo.height * copy.rows / part.rows),
      width: Math.round(photo.width * scale), top: Math.round(part.top * copy.rows / part.rows),
      left: Math.round(part.left * scale), rows: copy.rows, columns: copy.columns };
    renderCopy({ data, gray: photo.gray, space: photo.space }, frame, editFor(1 / scale));
  }
  return onScreen(data, copy, photo);
}

/** @param {Decoded} photo @returns {Part} */
const wholeOf = ({ height, width }) => ({ top: 0, left: 0, rows: height, columns: width });

/**
 * A region of the upright photo, in stored order and inside the photo.
 * @param {import("../static/types.js").Region} region
 * @param {Decoded} photo
 * @returns {Part}
 */
export function storedPart({ x, y, width, height }, photo) {
  const across = transposes(photo.orientation);
  const [columns, rows] = across ? [photo.height, photo.width] : [photo.width, photo.height];
  const [left, top] = [Math.max(0, Math.min(x, columns - 1)), Math.max(0, Math.min(y, rows - 1))];
  const [wide, high] = [Math.max(1, Math.min(x + width, columns) - left),
    Math.max(1, Math.min(y + height, rows) - top)];
  const down = [3, 4, 7, 8].includes(photo.orientation) ? rows - top - high : top;
  const along = [2, 3, 6, 7].includes(photo.orientation) ? columns - left - wide : left;
  return across ? { top: along, left: down, rows: wide, columns: high }
    : { top: down, left: along, rows: high, columns: wide };
}

/** @param {Decoded} photo @param {Map<number, Copy>} copies @param {Part} part @param {number} size */
function copied(photo, copies, part, size) {
  const copy = copies.get(size) ?? copyOf(photo, part, size);
  copies.set(size, copy);
  return copy;
}

/** A part made smaller, by area. @param {Decoded} photo @param {Part} part @param {number} size @returns {Copy} */
function copyOf(photo, part, size) {
  const scale = size / Math.max(part.rows, part.columns);
  const [rows, columns] = [part.rows, part.columns].map((side) => Math.max(1, even(side * scale)));
  const all = part.rows === photo.height && part.columns === photo.width;
  const pixels = all ? photo.data : cut(photo, part);
  const rgb = area({ data: pixels, height: part.rows, width: part.columns }, rows, columns);
  const data = new Uint8ClampedArray(4 * rows * columns).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    data[to] = rgb[from];
    data[to + 1] = rgb[from + 1];
    data[to + 2] = rgb[from + 2];
  }
  return { data, rows, columns };
}
