// What is known of a photo's noise, by brightness and scale: the twin of nightlift.denoise.noise.

/** Scales that noise is known for: the photo's own, and means over 2 × 2, 4 × 4, 8 × 8 pixels. */
export const SCALES = 4;

/** Frequencies that noise is told for. */
export const BANDS = [1.5, 3.2, 5.0, 7.5];

const EDGES = [0.5, 2.3, 4.1, 6.1, 10.0];
const KNOTS_COUNT = 16;
const BLACK = 1.0;
const [HELD, FREE] = [2.5, 0.75 / 255];

/**
 * Standard deviations of a photo's noise, in encoded values from 0 to 1: at `KNOTS` for luma and
 * chroma, what they are multiplied by at each scale and band, and what rounding may have hidden.
 * @typedef {object} Noise
 * @property {[number[], number[]]} levels of luma and chroma
 * @property {[number[][], number[][]]} spectra
 * @property {[number[][], number[][]]} hidden
 * @property {number[]} shares how much of the photo has each level
 * @property {boolean} halvedChroma
 */

/** The levels that noise is told for, denser in the dark. */
export const KNOTS = Array.from({ length: KNOTS_COUNT }, (_, i) => (i / (KNOTS_COUNT - 1)) ** 2);

/** How far each of 64 coefficients is from the constant one. */
export const RADIUS = Array.from({ length: 64 }, (_, i) => Math.hypot(i >> 3, i & 7));

/** Which coefficients are in each band. */
export const MEMBERS = BANDS.map((_, band) => RADIUS.flatMap((radius, i) =>
  (radius > EDGES[band] && radius <= EDGES[band + 1] ? [i] : [])));

/**
 * Linear between points, as NumPy's interp.
 * @param {number} x
 * @param {ArrayLike<number>} xs rising
 * @param {ArrayLike<number>} ys
 */
export function interpolated(x, xs, ys) {
  const last = xs.length - 1;
  if (x <= xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  let low = 0, high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  const step = xs[high] - xs[low];
  return step > 0 ? ys[low] + (x - xs[low]) / step * (ys[high] - ys[low]) : ys[low];
}

/** Deviation of single pixels of luma at each of `KNOTS`. @param {Noise} noise */
export function pixelDeviation({ levels, spectra }) {
  const counts = MEMBERS.map((members) => members.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const power = counts.reduce((sum, count, i) => sum + count * spectra[0][0][i] ** 2, 0) / total;
  return levels[0].map((level) => level * Math.sqrt(power));
}

/** The level at which a lift is to be held back by half. @param {Noise} noise */
export function blackLevel(noise) {
  const blocks = HELD * Math.max(Math.max(...noise.hidden[0][0]) - FREE, 0);
  const deviations = pixelDeviation(noise).map((own) => Math.max(BLACK * own, blocks));
  const first = KNOTS.findIndex((level, i) => level >= deviations[i]);
  if (first < 0) return KNOTS[KNOTS.length - 1];
  if (first === 0) return 0;
  const low = first - 1;
  const gaps = [deviations[low] - KNOTS[low], KNOTS[first] - deviations[first]];
  return KNOTS[low] + (KNOTS[first] - KNOTS[low]) * gaps[0] / (gaps[0] + gaps[1]);
}

/** The noise of a copy that is `factor` times smaller along each side. */
/** @param {Noise} noise @param {number} factor @returns {Noise} */
export function smaller(noise, factor) {
  const octaves = Math.log2(Math.max(factor, 1));
  /** @param {[number[][], number[][]]} tables @returns {[number[][], number[][]]} */
  const both = ([luma, chroma]) => [shifted(luma, octaves), shifted(chroma, octaves)];
  return { ...noise, spectra: both(noise.spectra), hidden: both(noise.hidden),
    halvedChroma: noise.halvedChroma && octaves < 0.5 };
}

/** @param {number[][]} table @param {number} octaves */
function shifted(table, octaves) {
  const last = table[table.length - 1];
  const more = [...table, ...Array.from({ length: 8 },
    (_, i) => last.map((value) => value / 2 ** (i + 1)))];
  return table.map((_, scale) => {
    const at = scale + octaves;
    const low = Math.min(Math.trunc(at), more.length - 2);
    const part = Math.min(Math.max(at - low, 0), 1);
    return more[low].map((value, band) => value * (1 - part) + more[low + 1][band] * part);
  });
}
