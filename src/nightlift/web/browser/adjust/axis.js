// Where a pixel lies between the cells of a small array.

/**
 * For each pixel the cell before it and the fraction of the way to the next one.
 * @typedef {{ index: Int32Array, fraction: Float32Array }} Axis
 */

/**
 * A part of a photo: `rows` by `columns` pixels of one that is `height` by `width`.
 * @typedef {object} Frame
 * @property {number} height
 * @property {number} width
 * @property {number} top
 * @property {number} left
 * @property {number} rows
 * @property {number} columns
 */

/**
 * The frame of a whole photo.
 * @param {{ height: number, width: number }} photo
 * @returns {Frame}
 */
export function whole({ height, width }) {
  return { height, width, top: 0, left: 0, rows: height, columns: width };
}

/**
 * The places of a frame's columns among `cells`.
 * @param {Frame} frame
 * @param {number} cells
 * @param {"corners" | "half-pixel"} alignment
 * @returns {Axis}
 */
export function across({ width, left, columns }, cells, alignment) {
  const { index, fraction } = axis(width, cells, alignment);
  return { index: index.subarray(left, left + columns),
    fraction: fraction.subarray(left, left + columns) };
}

/**
 * The places of `pixels` pixels among `cells` cells.
 *
 * `corners`: the first and last pixel lie on the first and last cell. `half-pixel`: the edges of
 * pixels and cells coincide, and the outermost cells reach to the edge.
 * @param {number} pixels
 * @param {number} cells
 * @param {"corners" | "half-pixel"} alignment
 * @returns {Axis}
 */
export function axis(pixels, cells, alignment) {
  const index = new Int32Array(pixels);
  const fraction = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const at = alignment === "corners"
      ? i * ((cells - 1) / Math.max(pixels - 1, 1)) : (i + 0.5) * (cells / pixels) - 0.5;
    const inside = Math.min(Math.max(at, 0), cells - 1);
    index[i] = Math.min(Math.trunc(inside), Math.max(cells - 2, 0));
    fraction[i] = inside - index[i];
  }
  return { index, fraction };
}
