// Pictures of a photo as layers of the stage.

/** @typedef {import("./types.js").Region} Region */
/** @typedef {import("./layers.js").Layer} Layer */

/** @param {Region} region @returns {[number, number, number, number]} */
export const boxOf = ({ x, y, width, height }) => [x, y, width, height];

/**
 * A layer of the whole photo.
 *
 * @param {HTMLCanvasElement} element
 * @param {[number, number]} size
 * @returns {Layer}
 */
export const layer = (element, size) => ({ element, box: [0, 0, ...size] });

/** @type {WeakMap<HTMLElement, HTMLCanvasElement>} */
const copies = new WeakMap();

/**
 * A layer with a copy of its picture: one canvas cannot be in two places.
 *
 * @param {Layer} original
 * @returns {Layer}
 */
export function copied(original) {
  const canvas = /** @type {HTMLCanvasElement} */ (original.element);
  const made = copies.get(canvas) ?? document.createElement("canvas");
  if (!copies.has(canvas)) {
    [made.width, made.height] = [canvas.width, canvas.height];
    made.getContext("2d")?.drawImage(canvas, 0, 0);
    copies.set(canvas, made);
  }
  return { ...original, element: made };
}
