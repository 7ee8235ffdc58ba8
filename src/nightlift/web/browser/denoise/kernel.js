// What browser/shrink.ts was compiled to: windows in WebAssembly, four numbers at a time.

/**
 * Places are in bytes.
 * @typedef {object} Kernel
 * @property {WebAssembly.Memory} memory
 * @property {WebAssembly.Global} base where there is room for arrays
 * @property {(columns: number, row: number) => void} down
 * @property {(changes: number, sums: number, row: number) => void} up
 * @property {(shares: number, totals: number, row: number) => void} addToEach
 * @property {(rows: number, means: number, row: number) => void} mean
 * @property {(columns: number, other: number, changes: number, otherChanges: number,
 *   shares: number, means: number, deviations: number, weights: number, softness: number,
 *   padded: number, row: number) => void} shrink
 */

/** @type {Kernel | null} */
let loaded = null;

/** The kernel, once it is loaded. */
export const kernel = () => loaded;

/** Load it from the bytes of its file, or do without. @param {BufferSource | null} bytes */
export async function use(bytes) {
  const made = bytes && await WebAssembly.instantiate(bytes);
  loaded = made && /** @type {Kernel} */ (/** @type {unknown} */ (made.instance.exports));
}
