// Where a pixel lies between the cells of a small array.

/**
 * For each pixel the cell before it and the fraction of the way to the next one.
 * @typedef {{ index: Int32Array, fraction: Float32Array }} Axis
 */

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
