// Clipped pixels: those of which a channel is at an end of its range.

import { element } from "./elements.js";

const SHADOWS = [61, 125, 255, 255];
const HIGHLIGHTS = [255, 69, 58, 255];
const NEITHER = [0, 0, 0, 0];

/**
 * A canvas that is empty but for the clipped pixels of a picture.
 *
 * @param {HTMLImageElement | HTMLCanvasElement} picture
 */
export function markClipped(picture) {
  const canvas = element("canvas", { class: "clipped", "aria-hidden": "true" });
  const image = picture instanceof HTMLImageElement;
  canvas.width = image ? picture.naturalWidth : picture.width;
  canvas.height = image ? picture.naturalHeight : picture.height;
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const words = pixels.data;
  for (let at = 0; at < words.length; at += 4) {
    const low = Math.min(words[at], words[at + 1], words[at + 2]);
    const high = Math.max(words[at], words[at + 1], words[at + 2]);
    // The pictures may be stored with losses: one level of slack.
    words.set(high >= 254 ? HIGHLIGHTS : low <= 1 ? SHADOWS : NEITHER, at);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
