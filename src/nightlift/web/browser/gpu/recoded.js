// From one RGB to another on a graphics processor: what photo/rgb_space.js does to a row.

import { END, END_LIGHT, KNOTS, TOE, mixing } from "../photo/rgb_space.js";

/** @typedef {import("./shader.js").Shader} Shader */

/**
 * @param {import("../photo/rgb_space.js").Recoding} how
 * @param {Shader} shader
 * @returns {string} the name of a function
 */
export function recoded({ decode, matrix, encode, quick }, shader) {
  const columns = [0, 1, 2].flatMap((j) => mixing(matrix).map((row) => row[j]));
  const mixed = shader.value("mat3", columns);
  const light = quick ? `rgb * (abs(rgb) + ${TOE})`
    : decode ? `eachOnKnots(${knots(decode, shader)}, clamp(rgb, 0.0, 1.0), ${KNOTS})`
      : `sign(rgb) * ${srgbLight(shader)}(rgb, place)`;
  const code = quick ? `sign(light) * (sqrt(abs(light) + ${TOE * TOE / 4}) - ${TOE / 2})`
    : encode ? `eachOnKnots(${knots(encode, shader)}, clamp(sqrt(max(light, 0.0)), 0.0, 1.0), ${KNOTS})`
      : `sign(light) * ${srgbCode(shader)}(light, place)`;
  return shader.stage(`  vec3 light = ${light};
  light = vec3(${mixed}[0].r, ${mixed}[1].g, ${mixed}[2].b) * light + ${mixed}[0] * (light.r - light)
    + ${mixed}[1] * (light.g - light) + ${mixed}[2] * (light.b - light);
  return ${code};`);
}

/** Curves of three channels as one table. @param {Float32Array[]} curves @param {Shader} shader */
function knots(curves, shader) {
  const data = Float32Array.from({ length: 3 * KNOTS }, (_, i) => curves[i % 3][Math.trunc(i / 3)]);
  return shader.table({ data, channels: 3, width: KNOTS, height: 1 });
}

/** @param {Shader} shader */
const srgbLight = (shader) => shader.stage(`  rgb = min(abs(rgb), ${END});
  return mix(pow((rgb + 0.055) / 1.055, vec3(2.4)), rgb / 12.92, lessThanEqual(rgb, vec3(0.04045)));`);

/** @param {Shader} shader */
const srgbCode = (shader) => shader.stage(`  rgb = min(abs(rgb), ${END_LIGHT});
  return mix(1.055 * pow(rgb, vec3(1.0 / 2.4)) - 0.055, rgb * 12.92, lessThanEqual(rgb, vec3(0.0031308)));`);
