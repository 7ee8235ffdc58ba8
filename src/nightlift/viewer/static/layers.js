// Pictures laid over each other, each at its place within the photo.

import { markClipped } from "./clipping.js";

/**
 * A decoded picture and the place that it takes within the photo.
 *
 * @typedef {object} Layer
 * @property {HTMLImageElement | HTMLCanvasElement} element
 * @property {[number, number, number, number]} box  Left, top, width, height in the photo's pixels.
 * @property {number} [opacity]  0 to 1; without it: 1.
 * @property {boolean} [draft]  Whether it only stands in for another: no clipping is marked on it.
 */

/** Where clipped pixels of a picture are marked. @type {WeakMap<HTMLElement, HTMLCanvasElement>} */
const marks = new WeakMap();

/**
 * Put a layer where it belongs.
 *
 * @param {HTMLElement} box  What it is in.
 * @param {Layer} layer
 * @param {number[]} place  Of the photo's first pixel, in CSS pixels.
 * @param {number} scale  CSS pixels for each of the photo's.
 * @param {boolean} clipping  Whether clipped pixels are marked.
 */
export function lay(box, layer, place, scale, clipping) {
  const [x, y, width, height] = layer.box;
  const [own, tall] = sides(layer.element);
  const move = `translate(${place[0] + x * scale}px, ${place[1] + y * scale}px) `
    + `scale(${(scale * width) / own}, ${(scale * height) / tall})`;
  const sharp = own >= width && scale * devicePixelRatio >= 2;
  const marked = marksOn(box, layer, clipping);
  for (const one of marked ? [layer.element, marked] : [layer.element]) {
    one.style.transform = move;
    one.style.imageRendering = sharp ? "pixelated" : "auto";
  }
  layer.element.style.opacity = String(layer.opacity ?? 1);
  if (marked) marked.hidden = !clipping;
}

/**
 * The canvas over a layer on which its clipped pixels are marked; null where none is needed.
 *
 * @param {HTMLElement} box
 * @param {Layer} layer
 * @param {boolean} clipping
 */
function marksOn(box, layer, clipping) {
  let canvas = marks.get(layer.element);
  if (!canvas && clipping && !layer.draft) {
    canvas = markClipped(layer.element);
    marks.set(layer.element, canvas);
  }
  if (canvas && canvas.parentElement !== box) layer.element.after(canvas);
  return canvas ?? null;
}

/** @param {HTMLImageElement | HTMLCanvasElement} picture @returns {[number, number]} */
function sides(picture) {
  const image = picture instanceof HTMLImageElement;
  return image ? [picture.naturalWidth, picture.naturalHeight] : [picture.width, picture.height];
}
