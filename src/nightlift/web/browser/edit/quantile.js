// Quantiles as NumPy defines them.

/**
 * What a share of the values does not exceed, linear between two of them.
 * @param {ArrayLike<number>} ordered at least one
 * @param {number} share from 0 to 1
 */
export function quantile(ordered, share) {
  const at = share * (ordered.length - 1);
  const below = Math.trunc(at);
  const low = ordered[below];
  return low + (at - below) * (ordered[Math.min(below + 1, ordered.length - 1)] - low);
}
