// From stored order to upright and back, for the eight EXIF orientations.

const INVERSE = [0, 1, 2, 3, 4, 5, 8, 7, 6];

/**
 * Values in rows, `depth` of them at each place.
 * @template {Float32Array | Uint8ClampedArray} T
 * @typedef {{ data: T, height: number, width: number, depth: number }} Grid
 */

/**
 * Whether height and width are exchanged.
 * @param {number} orientation
 */
export const transposes = (orientation) => orientation >= 5;

/**
 * From stored order to upright.
 * @template {Float32Array | Uint8ClampedArray} T
 * @param {Grid<T>} grid
 * @param {number} orientation 1 to 8
 * @returns {Grid<T>}
 */
export function turn(grid, orientation) {
  if (orientation === 1) return grid;
  const { data, depth } = grid;
  const [height, width] = transposes(orientation)
    ? [grid.width, grid.height] : [grid.height, grid.width];
  const out = /** @type {T} */ (data.slice());
  const upsideDown = [3, 4, 7, 8].includes(orientation);
  const mirrored = [2, 3, 6, 7].includes(orientation);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = upsideDown ? height - 1 - y : y;
      const column = mirrored ? width - 1 - x : x;
      const [fromRow, fromColumn] = transposes(orientation) ? [column, row] : [row, column];
      const from = (fromRow * grid.width + fromColumn) * depth;
      const to = (y * width + x) * depth;
      for (let i = 0; i < depth; i++) out[to + i] = data[from + i];
    }
  }
  return { data: out, height, width, depth };
}

/**
 * From upright to stored order.
 * @template {Float32Array | Uint8ClampedArray} T
 * @param {Grid<T>} grid
 * @param {number} orientation 1 to 8
 * @returns {Grid<T>}
 */
export function turnBack(grid, orientation) {
  return turn(grid, INVERSE[orientation]);
}
