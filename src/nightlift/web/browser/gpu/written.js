// Adjustments in the language of graphics processors: for each kind a function of a pixel.

import { LEAST_SPREAD } from "../adjust/hue.js";
import { KNOTS, LUMA } from "../adjust/kinds.js";
import { recoded } from "./recoded.js";

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("./shader.js").Shader} Shader */

/**
 * Write an adjustment into a fragment program.
 * @param {Adjustment} adjustment in the photo's stored order
 * @param {Shader} shader
 * @returns {string} the name of the function
 */
export function written(adjustment, shader) {
  switch (adjustment.kind) {
    case "light_grid": {
      const lifted = lifting(adjustment, shader);
      return shader.stage(`  return min(${lifted}(rgb, place), 1.0);`);
    }
    case "tone_table": return toneTable(adjustment, shader);
    case "curve_map": return curveMap(adjustment, shader);
    case "bilateral_grid": return bilateralGrid(adjustment, shader);
    case "lut3d": return lut3d(adjustment, shader);
    case "develop": {
      const developed = developing(adjustment, shader);
      return shader.stage(`  return clamp(${developed}(rgb, place), 0.0, 1.0);`);
    }
    case "in_srgb": return inSrgb(adjustment, shader);
    case "hue_kept": return hueKept(written(adjustment.adjustment, shader), shader);
    case "scaled": return scaled(written(adjustment.adjustment, shader), adjustment.strength, shader);
    case "chain": return chained(adjustment.adjustments.map((link) => written(link, shader)), shader);
  }
}

/** @param {import("../adjust/kinds.js").LightGrid} grid @param {Shader} shader */
function lifting({ gains, shape: [rows, columns, bins], color, black }, shader) {
  const cells = shader.table({ data: gains, channels: 1, width: columns * bins, height: rows });
  const sides = shader.value("ivec3", [columns, rows, bins]);
  const grown = shader.value("vec2", [color, black * black]);
  return shader.stage(`  float brightest = clamp(greatest(rgb), 0.0, 1.0);
  float depth = sqrt(brightest) * float(${sides}.z - 1);
  float gain = sliced(${cells}, cellsAt(place, ${sides}.xy, true), ${sides}.z, 1, 0, depth).r;
  float least = clamp(min(rgb.r, min(rgb.g, rgb.b)), 0.0, 1.0);
  float middle = clamp(max(min(rgb.r, rgb.g), min(max(rgb.r, rgb.g), rgb.b)), 0.0, 1.0);
  float saturation = (brightest - 0.5 * (middle + least)) / (brightest + 0.03);
  float grown = ${grown}.x + (1.0 - ${grown}.x) * min(2.0 * saturation * saturation, 1.0);
  if (${grown}.y > 0.0) {
    float square = brightest * brightest;
    float signal = square / max(square + ${grown}.y, 1e-12);
    if (gain > 0.0) gain *= signal;
    grown *= signal;
  }
  float lift = exp2(gain);
  float ratio = lift / (1.0 + (lift - 1.0) * brightest);
  float scale = ratio < 1.0 ? ratio : 1.0 + grown * (ratio - 1.0);
  float turn = 0.7 * least * max(scale - 1.0, 0.0) / max(brightest * brightest, 1e-12);
  vec3 spread = (brightest - rgb) * (rgb - least);
  return scale * rgb + max(brightest * (ratio - scale), 0.0) + turn * spread;`);
}

/** @param {import("../adjust/kinds.js").ToneTable} table @param {Shader} shader */
function toneTable({ values }, shader) {
  const table = shader.table({ data: values, channels: 3, width: KNOTS, height: 1 });
  return shader.stage(`  return clamp(eachOnKnots(${table}, rgb, ${KNOTS}), 0.0, 1.0);`);
}

/** @param {import("../adjust/kinds.js").CurveMap} curves @param {Shader} shader */
function curveMap({ maps, shape: [count, rows, columns], steps, alignment }, shader) {
  const table = shader.table({ data: maps, channels: 3, width: columns, height: rows, layers: count });
  const sides = shader.value("ivec3", [columns, rows, count]);
  return shader.stage(`  Cells at = cellsAt(place, ${sides}.xy, ${alignment === "corners"});
  vec3 amount = vec3(0);
  for (int step = 0; step < ${steps}; step++) {
    if (step < ${sides}.z) {
      vec3 left = mix(texelFetch(${table}, ivec3(at.near, step), 0).rgb,
        texelFetch(${table}, ivec3(at.near.x, at.far.y, step), 0).rgb, at.share.y);
      vec3 right = mix(texelFetch(${table}, ivec3(at.far.x, at.near.y, step), 0).rgb,
        texelFetch(${table}, ivec3(at.far, step), 0).rgb, at.share.y);
      amount = mix(left, right, at.share.x);
    }
    rgb += amount * (rgb * rgb - rgb);
  }
  return clamp(rgb, 0.0, 1.0);`);
}

/** @param {import("../adjust/kinds.js").BilateralGrid} grid @param {Shader} shader */
function bilateralGrid({ cells, shape: [rows, columns, bins], mode, guide, leastLight }, shader) {
  const table = shader.table({ data: cells, channels: 4, width: 3 * columns * bins, height: rows });
  const sides = shader.value("ivec3", [columns, rows, bins]);
  const depth = guide ? pointwise(guide, shader) : `dot(rgb, ${vector(LUMA)})`;
  const bound = shader.value("float", [leastLight]);
  return shader.stage(`  Cells at = cellsAt(place, ${sides}.xy, true);
  float depth = clamp(${depth}, 0.0, 1.0) * float(${sides}.z - 1);
  vec3 value;
  for (int channel = 0; channel < 3; channel++)
    value[channel] = dot(sliced(${table}, at, ${sides}.z, 3, channel, depth), vec4(rgb, 1));
  return clamp(${mode === "divide" ? `rgb / max(value + 1e-4, ${bound})` : "value"}, 0.0, 1.0);`);
}

/** The guide of a small network. @param {import("../adjust/kinds.js").Guide} guide @param {Shader} shader */
function pointwise({ w1, b1, w2, b2 }, shader) {
  const data = new Float32Array(8 * b1.length);
  for (let n = 0; n < b1.length; n++) {
    data.set(w1.subarray(3 * n, 3 * n + 3), 8 * n);
    data.set([b1[n], w2[n]], 8 * n + 3);
  }
  const table = shader.table({ data, channels: 4, width: 2 * b1.length, height: 1 });
  const offset = shader.value("float", [b2]);
  const name = shader.stage(`  float total = ${offset};
  for (int n = 0; n < ${b1.length}; n++) {
    float hidden = dot(texelFetch(${table}, ivec2(2 * n, 0), 0), vec4(rgb, 1));
    total += texelFetch(${table}, ivec2(2 * n + 1, 0), 0).r * max(hidden, 0.0);
  }
  return vec3(0.5 * tanh(clamp(total, -20.0, 20.0)) + 0.5);`);
  return `${name}(rgb, place).r`;
}

/** @param {import("../adjust/kinds.js").Lut3D} table @param {Shader} shader */
function lut3d({ cube, points, curves }, shader) {
  const table = shader.table({ data: cube, channels: 3, width: points, height: points * points });
  const bent = curves ? `clamp(${curved(curves, shader)}, 0.0, 1.0)` : "clamp(rgb, 0.0, 1.0)";
  const corner = (/** @type {string} */ step) => `texelFetch(${table}, ivec2(cell.r + ${step[0]}, `
    + `(cell.b + ${step[2]}) * ${points} + cell.g + ${step[1]}), 0).rgb`;
  const row = (/** @type {string} */ step) => `mix(${corner(`0${step}`)}, ${corner(`1${step}`)}, share.r)`;
  return shader.stage(`  vec3 at = ${bent} * ${points - 1}.0;
  ivec3 cell = min(ivec3(at), ${points - 2});
  vec3 share = at - vec3(cell);
  vec3 near = mix(${row("00")}, ${row("10")}, share.g);
  vec3 far = mix(${row("01")}, ${row("11")}, share.g);
  return clamp(mix(near, far, share.b), 0.0, 1.0);`);
}

/** @param {Float32Array} curves @param {Shader} shader */
function curved(curves, shader) {
  const knots = curves.length / 3;
  const table = shader.table({ data: curves, channels: 3, width: knots, height: 1 });
  return `eachOnKnots(${table}, clamp(rgb, 0.0, 1.0), ${knots})`;
}

/** @param {import("../adjust/kinds.js").Develop} develop @param {Shader} shader */
function developing({ curve, balance, saturation }, shader) {
  const table = shader.table({ data: curve, channels: 1, width: KNOTS, height: 1 });
  const factors = shader.value("vec3", [...balance]);
  const colors = shader.value("float", [saturation]);
  return shader.stage(`  rgb = min(rgb * ${factors}, max(rgb, 1.0));
  float m = clamp(greatest(rgb), 0.0, 1.0);
  float t = onKnots(${table}, m, ${KNOTS}).r;
  float ratio = t / max(m, 1e-9);
  float dim = 4.0 / 255.0;
  float scale = t < m ? ratio : 1.0 + m * m / (m * m + dim * dim) * (ratio - 1.0);
  rgb = t - scale * (m - rgb);
  if (${colors} == 1.0) return rgb;
  float luma = dot(rgb, ${vector(LUMA)});
  float most = min((1.0 - luma) / max(greatest(rgb) - luma, 1e-9),
    luma / max(luma - least(rgb), 1e-9));
  return luma + min(${colors}, max(most, 1.0)) * (rgb - luma);`);
}

/**
 * A strength above 1 ends at 0 and 1, or at what is beyond those anyway.
 * @param {string} inner
 * @param {number} strength
 * @param {Shader} shader
 */
const scaled = (inner, strength, shader) => shader.stage(`  vec3 after = ${inner}(rgb, place);
  vec3 mixed = rgb + ${shader.value("float", [strength])} * (after - rgb);
  return clamp(mixed, min(min(rgb, after), 0.0), max(max(rgb, after), 1.0));`);

/** @param {string} inner @param {Shader} shader */
function hueKept(inner, shader) {
  return shader.stage(`  vec3 after = ${inner}(rgb, place);
  float bottom = least(rgb), top = greatest(rgb);
  if (top - bottom <= ${LEAST_SPREAD}) return after;
  float low = 2.0, high = -1.0;
  for (int channel = 0; channel < 3; channel++) {
    if (rgb[channel] - bottom <= ${LEAST_SPREAD}) low = min(low, after[channel]);
    if (top - rgb[channel] <= ${LEAST_SPREAD}) high = max(high, after[channel]);
  }
  return clamp(min(low, high) + (rgb - bottom) / (top - bottom) * abs(high - low), 0.0, 1.0);`);
}

/** @param {import("../adjust/kinds.js").InSrgb} profiled @param {Shader} shader */
function inSrgb({ adjustment, space }, shader) {
  const there = recoded(space.toSrgb, shader);
  const inner = unclipped(adjustment, shader);
  const back = recoded(space.fromSrgb, shader);
  return shader.stage(`  rgb = ${there}(rgb, place);
  return clamp(${back}(${inner}(rgb, place), place), 0.0, 1.0);`);
}

/**
 * For values beyond 0 and 1, which colors outside sRGB have.
 * @param {Adjustment} adjustment
 * @param {Shader} shader
 * @returns {string}
 */
function unclipped(adjustment, shader) {
  switch (adjustment.kind) {
    case "scaled": return scaled(unclipped(adjustment.adjustment, shader), adjustment.strength, shader);
    case "chain": return chained(adjustment.adjustments.map((link) => unclipped(link, shader)), shader);
    case "light_grid": return lifting(adjustment, shader);
    case "develop": return developing(adjustment, shader);
    default: return shader.stage(`  vec3 inside = clamp(rgb, 0.0, 1.0);
  return ${written(adjustment, shader)}(inside, place) + (rgb - inside);`);
  }
}

/** One after the other. @param {string[]} links @param {Shader} shader */
const chained = (links, shader) =>
  shader.stage(links.map((link) => `  rgb = ${link}(rgb, place);\n`).join("") + "  return rgb;");

/** @param {readonly number[]} numbers */
const vector = (numbers) => `vec3(${numbers.join(", ")})`;
