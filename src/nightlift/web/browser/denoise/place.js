// The noise at a place of a photo: cells over the photo, levels of luma within each.

/** Levels of luma, evenly spaced from 0 to 1, that noise is told for. */
export const LEVELS = 32;

/** Pixels along a row that share one place in the cells. */
export const PATCH = 32;

/**
 * What is to be done about noise.
 * @typedef {object} Plan
 * @property {[Float32Array, Float32Array]} noise luma's and chroma's deviations: (rows, columns, 32)
 * @property {{ rows: number, columns: number }} cells
 * @property {Float32Array[][]} weights by scale and component: 64 of them
 * @property {number} softness
 * @property {number} reach
 * @property {[number, number]} amounts of luma and of chroma, from 0 to 1
 */

/**
 * The deviations along one row: `LEVELS` of them for each place across.
 * @param {Plan} plan
 * @param {number} component 0 luma, 1 chroma
 * @param {number} row at this scale
 * @param {number[]} across columns at this scale
 * @param {number} scale
 * @param {{ height: number, width: number }} photo at its full size
 * @returns {Float32Array}
 */
export function deviationsAlong({ noise, cells }, component, row, across, scale, photo) {
  const table = noise[component];
  const [y, fy] = placed(row, scale, photo.height, cells.rows);
  const below = Math.min(y + 1, cells.rows - 1);
  const out = new Float32Array(across.length * LEVELS);
  across.forEach((column, i) => {
    const [x, fx] = placed(column, scale, photo.width, cells.columns);
    const right = Math.min(x + 1, cells.columns - 1);
    const a = (y * cells.columns + x) * LEVELS, b = (y * cells.columns + right) * LEVELS;
    const c = (below * cells.columns + x) * LEVELS, d = (below * cells.columns + right) * LEVELS;
    const wa = (1 - fy) * (1 - fx), wb = (1 - fy) * fx, wc = fy * (1 - fx), wd = fy * fx;
    for (let level = 0, to = i * LEVELS; level < LEVELS; level++, to++)
      out[to] = wa * table[a + level] + wb * table[b + level] + wc * table[c + level]
        + wd * table[d + level];
  });
  return out;
}

/**
 * @param {number} at
 * @param {number} scale
 * @param {number} side
 * @param {number} cells
 * @returns {[number, number]} the cell, and the fraction of the way to the next
 */
function placed(at, scale, side, cells) {
  const pixel = (at + 0.5) * 2 ** scale - 0.5;
  const cell = Math.min(Math.max(pixel * ((cells - 1) / Math.max(side - 1, 1)), 0), cells - 1);
  return [Math.trunc(cell), cell - Math.trunc(cell)];
}

/**
 * The deviation of a luma, from what `deviationsAlong` gave.
 * @param {Float32Array} deviations
 * @param {number} place which one across
 * @param {number} luma
 */
export function deviationAt(deviations, place, luma) {
  const z = (luma < 0 ? 0 : luma > 1 ? 1 : luma) * (LEVELS - 1);
  const level = Math.min(Math.trunc(z), LEVELS - 2);
  const low = deviations[place * LEVELS + level];
  return low + (z - level) * (deviations[place * LEVELS + level + 1] - low);
}
