// The difference of colors as people see it, CIEDE2000: the twin of nightlift.metrics.delta_e.

import { srgbDecode } from "../photo/rgb_space.js";

const TO_XYZ = [
  [0.412453, 0.357580, 0.180423],
  [0.212671, 0.715160, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const WHITE = [0.95047, 1, 1.08883];
const EDGE = 6 / 29;
const DEGREE = Math.PI / 180;

/** CIE L*a*b* (D65, 2°) of sRGB in [0, 1]. @param {number[]} rgb @returns {number[]} */
export function lab(rgb) {
  const light = rgb.map(srgbDecode);
  const [x, y, z] = TO_XYZ.map((row, i) => {
    const value = (row[0] * light[0] + row[1] * light[1] + row[2] * light[2]) / WHITE[i];
    return value > EDGE ** 3 ? Math.cbrt(value) : value / (3 * EDGE * EDGE) + 4 / 29;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/**
 * CIEDE2000 between two colors in L*a*b* (Sharma, Wu and Dalal 2005).
 * @param {number[]} first
 * @param {number[]} second
 */
export function ciede2000([l1, a1, b1], [l2, a2, b2]) {
  const stretch = 1.5 - 0.5 * seventh((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2);
  [a1, a2] = [a1 * stretch, a2 * stretch];
  const [c1, c2] = [Math.hypot(a1, b1), Math.hypot(a2, b2)];
  const { turn, hue } = hues(Math.atan2(b1, a1), Math.atan2(b2, a2));
  const chroma = (c1 + c2) / 2;
  const middle = ((l1 + l2) / 2 - 50) ** 2;
  const lightness = (l2 - l1) / (1 + 0.015 * middle / Math.sqrt(20 + middle));
  const saturation = (c2 - c1) / (1 + 0.045 * chroma);
  const turned = 2 * Math.sqrt(c1 * c2) * Math.sin(turn / 2) / (1 + 0.015 * chroma * weight(hue));
  const mixed = rotation(chroma, hue) * saturation * turned;
  return Math.sqrt(Math.max(0, lightness ** 2 + saturation ** 2 + turned ** 2 + mixed));
}

/** @param {number} chroma */
function seventh(chroma) {
  const power = chroma ** 7;
  return Math.sqrt(power / (power + 25 ** 7));
}

/** Difference and mean of two hues. @param {number} h1 @param {number} h2 */
function hues(h1, h2) {
  if (h1 < 0) h1 += 2 * Math.PI;
  if (h2 < 0) h2 += 2 * Math.PI;
  const [turn, total] = [h2 - h1, h1 + h2];
  if (Math.abs(turn) <= Math.PI) return { turn, hue: total / 2 };
  const round = 2 * Math.PI;
  return { turn: turn - Math.sign(turn) * round,
    hue: (total < round ? total + round : total - round) / 2 };
}

/** @param {number} hue */
function weight(hue) {
  return 1 - 0.17 * Math.cos(hue - 30 * DEGREE) + 0.24 * Math.cos(2 * hue)
    + 0.32 * Math.cos(3 * hue + 6 * DEGREE) - 0.20 * Math.cos(4 * hue - 63 * DEGREE);
}

/** @param {number} chroma @param {number} hue */
function rotation(chroma, hue) {
  const angle = 30 * DEGREE * Math.exp(-(((hue - 275 * DEGREE) / (25 * DEGREE)) ** 2));
  return -2 * seventh(chroma) * Math.sin(2 * angle);
}
