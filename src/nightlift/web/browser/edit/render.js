// An edit applied to pixels: to all of a photo, or to what is seen of it.

import { whole } from "../adjust/axis.js";
import { inSpace } from "../adjust/oriented.js";
import { HALO, REACH, coarseChange, denoise, denoisedRows } from "../denoise/denoiser.js";
import { adjust } from "../gpu/painting.js";

/** @typedef {import("../adjust/axis.js").Frame} Frame */
/** @typedef {import("../photo/decode.js").Decoded} Decoded */
/** @typedef {import("./estimate.js").Edit} Edit */

/** Rows that are worked on between two looks at what else there is to do. */
const ROWS = 128;

/**
 * Edit a whole photo in its own pixels.
 * @param {Decoded} photo
 * @param {Edit} edit
 * @param {() => Promise<void>} breath waited for between strips; rejects where nobody wants it more
 */
export async function render(photo, { adjustment, strength, plan }, breath) {
  if (!adjustment) return;
  const own = inSpace(adjustment, photo.space);
  for (const frame of strips(photo)) {
    const rows = rowsOf(photo, frame.top, frame.top + frame.rows);
    adjust(rows, own, frame, strength);
    if (photo.gray) neutralize(rows);
    await breath();
  }
  if (plan) await renderWithoutNoise(photo, plan, breath);
}

/** @param {Decoded} photo @param {import("../denoise/place.js").Plan} plan @param {() => Promise<void>} breath */
async function renderWithoutNoise(photo, plan, breath) {
  const coarse = coarseChange(photo.data, photo, plan, toneOf(photo));
  let above = new Uint8ClampedArray(0); // rows over the strip as they were
  for (const { top, rows } of strips(photo)) {
    await breath();
    const bottom = top + rows;
    const last = Math.min(bottom + HALO, photo.height);
    const first = top - above.length / (4 * photo.width);
    const seen = new Uint8ClampedArray(4 * (last - first) * photo.width);
    seen.set(above);
    seen.set(rowsOf(photo, top, last), above.length);
    above = rowsOf(photo, Math.max(0, bottom - HALO), bottom).slice();
    const frame = { ...whole(photo), top: first, rows: last - first };
    const done = denoisedRows(seen, frame, { top, bottom }, coarse, plan, toneOf(photo));
    if (photo.gray) neutralize(done);
    photo.data.set(done, 4 * top * photo.width);
  }
}

/** @param {{ space: import("../photo/rgb_space.js").RgbSpace | null }} photo */
const toneOf = ({ space }) => space?.tone ?? null;

/** @param {{ height: number, width: number }} photo @returns {Generator<Frame>} */
function* strips(photo) {
  for (let top = 0; top < photo.height; top += ROWS)
    yield { ...whole(photo), top, rows: Math.min(ROWS, photo.height - top) };
}

/** @param {Decoded} photo @param {number} top @param {number} bottom */
const rowsOf = ({ data, width }, top, bottom) => data.subarray(4 * top * width, 4 * bottom * width);

/**
 * A part of a photo after the edit, pixel by pixel what it is in the whole.
 * @param {Decoded} photo
 * @param {{ top: number, left: number, rows: number, columns: number }} part in stored order
 * @param {Edit} edit
 * @returns {Uint8ClampedArray}
 */
export function renderPart(photo, part, { adjustment, strength, plan }) {
  const seen = plan ? widened(part, photo) : { ...whole(photo), ...part };
  const pixels = cut(photo, seen);
  if (!adjustment) return pixels;
  adjust(pixels, inSpace(adjustment, photo.space), seen, strength);
  if (plan) denoise(pixels, seen, plan, toneOf(photo));
  if (photo.gray) neutralize(pixels);
  const inside = { top: part.top - seen.top, left: part.left - seen.left, rows: part.rows,
    columns: part.columns };
  return plan ? cut({ data: pixels, height: seen.rows, width: seen.columns }, inside) : pixels;
}

/**
 * With all around it that its noise is told by.
 * @param {{ top: number, left: number, rows: number, columns: number }} part
 * @param {{ height: number, width: number }} photo
 * @returns {Frame}
 */
function widened({ top, left, rows, columns }, { height, width }) {
  const start = { top: Math.max(0, top - REACH) & ~31, left: Math.max(0, left - REACH) & ~31 };
  const bottom = Math.min(height, top + rows + REACH);
  const right = Math.min(width, left + columns + REACH);
  return { height, width, ...start, rows: bottom - start.top, columns: right - start.left };
}

/**
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} photo
 * @param {{ top: number, left: number, rows: number, columns: number }} part
 */
export function cut({ data, width }, { top, left, rows, columns }) {
  const out = new Uint8ClampedArray(4 * rows * columns);
  for (let y = 0; y < rows; y++) {
    const from = 4 * ((top + y) * width + left);
    out.set(data.subarray(from, from + 4 * columns), 4 * y * columns);
  }
  return out;
}

/**
 * A smaller copy after the edit, in its own pixels.
 * @param {{ data: Uint8ClampedArray, gray: boolean,
 *   space: import("../photo/rgb_space.js").RgbSpace | null }} copy
 * @param {Frame} frame where it lies in the photo, at its own scale
 * @param {Edit} edit for pixels of its size
 */
export function renderCopy({ data, gray, space }, frame, { adjustment, strength, plan }) {
  if (!adjustment) return;
  adjust(data, inSpace(adjustment, space), frame, strength);
  if (plan) denoise(data, frame, plan, toneOf({ space }));
  if (gray) neutralize(data);
}

/** A gray photo stays gray (luma of ITU-R BT.601). @param {Uint8ClampedArray} rgba */
function neutralize(rgba) {
  for (let at = 0; at < rgba.length; at += 4) {
    const [r, g, b] = [rgba[at], rgba[at + 1], rgba[at + 2]];
    if (r !== g || g !== b)
      rgba[at] = rgba[at + 1] = rgba[at + 2] = 0.299 * r + 0.587 * g + 0.114 * b;
  }
}
