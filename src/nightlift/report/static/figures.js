// Figures about a picture: scores, clipped pixels and a histogram.

import { element } from "./elements.js";

/** @typedef {number | string | null} Score  "inf" and "-inf" stand for what JSON does not have. */
/** @typedef {{name: string, title: string, better: string, digits: number}} Metric */

/**
 * A photo as gallery.py tells it: ids of its pictures and scores, one a column.
 *
 * @typedef {object} Shown
 * @property {string} label
 * @property {[number, number]} full
 * @property {[number, number]} size
 * @property {string} thumb
 * @property {string[]} images
 * @property {Record<string, Score[]>} scores
 * @property {[number, number][]} clipped
 * @property {string[]} histograms
 * @property {string[]} notes
 * @property {{column: number, title: string, image: string}[]} estimates
 */

/**
 * @typedef {object} Told
 * @property {{name: string}[]} columns
 * @property {Shown[]} photos
 * @property {Metric[]} metrics
 * @property {number[] | null} shown
 * @property {number | null} judged
 * @property {string} order
 */

const BINS = 64;

/**
 * A card with the figures of one picture.
 *
 * @param {string} name
 * @param {{scores: {metric: Metric, score: Score}[], clipped: [number, number], histogram: string}} figures
 */
export function cardOf(name, { scores, clipped: [dark, full], histogram }) {
  const lines = scores.map(({ metric, score }) => [metric.title, shownScore(score, metric)]);
  lines.push(["Clipped shadows", percent(dark)], ["Clipped highlights", percent(full)]);
  const rows = lines.map(([title, value]) =>
    element("div", {}, element("dt", {}, title), element("dd", {}, value)));
  const canvas = element("canvas", { width: "256", height: "72", role: "img",
    "aria-label": `Histogram of ${name}` });
  drawHistogram(canvas, histogram);
  return element("article", {}, element("h3", {}, name), canvas, element("dl", {}, ...rows));
}

/** @param {Score} score */
export const number = (score) => (score === "inf" ? Infinity : score === "-inf" ? -Infinity : Number(score));

/**
 * @param {Score} score
 * @param {Metric} metric
 */
export function shownScore(score, metric) {
  const value = number(score);
  return Number.isFinite(value) ? value.toFixed(metric.digits) : String(score).replace("inf", "∞");
}

const percent = (/** @type {number} */ share) => (share === 0 ? "0 %" : share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);

/**
 * Draw 64 bins each of red, green and blue, a byte each, in base64.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} text
 */
function drawHistogram(canvas, text) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const counts = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const [width, height] = [canvas.width, canvas.height];
  context.globalCompositeOperation = "lighter";
  ["#c23b33", "#2f8f46", "#3a63c8"].forEach((color, channel) => {
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(0, height);
    for (let bin = 0; bin < BINS; bin += 1) {
      const top = height - (counts[channel * BINS + bin] / 255) * height;
      context.lineTo((bin * width) / BINS, top);
      context.lineTo(((bin + 1) * width) / BINS, top);
    }
    context.lineTo(width, height);
    context.fill();
  });
}
