// A fragment program under way: its functions, and the numbers and tables that they read.

/** @typedef {"float" | "vec2" | "vec3" | "ivec3" | "mat3"} Type */

/**
 * Values of 32 bits in rows, `channels` of them at each place; `layers` of them, if there are several.
 * @typedef {object} Table
 * @property {Float32Array} data
 * @property {1 | 3 | 4} channels
 * @property {number} width
 * @property {number} height
 * @property {number} [layers]
 */

/** @typedef {{ name: string, type: Type, numbers: readonly number[] }} Value */

export class Shader {
  constructor() {
    /** @type {Value[]} */
    this.values = [];
    /** @type {(Table & { name: string })[]} */
    this.tables = [];
    /** @type {string[]} */
    this.functions = [];
  }

  /**
   * A uniform.
   * @param {Type} type
   * @param {readonly number[]} numbers
   * @returns {string} its name
   */
  value(type, numbers) {
    const name = `value${this.values.length}`;
    this.values.push({ name, type, numbers });
    return name;
  }

  /** A texture. @param {Table} table @returns {string} its name */
  table(table) {
    const name = `table${this.tables.length}`;
    this.tables.push({ name, ...table });
    return name;
  }

  /**
   * A function of a pixel's `rgb` and its `place` in the photo, both changed at will.
   * @param {string} body which returns a vec3
   * @returns {string} its name
   */
  stage(body) {
    const name = `stage${this.functions.length}`;
    this.functions.push(`vec3 ${name}(vec3 rgb, ivec2 place) {\n${body}\n}`);
    return name;
  }

  /** The whole program. @param {string} last the function that gives a pixel's color */
  source(last) {
    const values = this.values.map(({ type, name }) => `uniform ${type} ${name};`);
    const tables = this.tables.map(({ layers, name }) =>
      `uniform sampler2D${layers ? "Array" : ""} ${name};`);
    return [HEAD, ...values, ...tables, SHARED, ...this.functions, main(last)].join("\n");
  }
}

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler2DArray;
uniform sampler2D photo;
uniform ivec2 size; // of the photo, or of its copy, of which some rows and columns are seen
uniform ivec2 corner; // the first pixel that is seen
out vec4 color;`;

/** What a pixel's place among a table's cells is, and what lies on 256 knots. */
const SHARED = `
struct Cells { ivec2 near; ivec2 far; vec2 share; };

Cells cellsAt(ivec2 place, ivec2 cells, bool corners) {
  vec2 last = vec2(cells - 1);
  vec2 at = corners ? vec2(place) * (last / max(vec2(size - 1), 1.0))
    : (vec2(place) + 0.5) * (vec2(cells) / vec2(size)) - 0.5;
  at = clamp(at, vec2(0), last);
  ivec2 near = min(ivec2(at), max(cells - 2, 0));
  return Cells(near, min(near + 1, cells - 1), at - vec2(near));
}

vec4 mixedRows(sampler2D cells, int column, Cells at) {
  return mix(texelFetch(cells, ivec2(column, at.near.y), 0),
    texelFetch(cells, ivec2(column, at.far.y), 0), at.share.y);
}

/** A grid's numbers at a depth; each bin has \`width\` texels, of which the one at \`texel\` is read. */
vec4 sliced(sampler2D cells, Cells at, int bins, int width, int texel, float depth) {
  int bin = min(int(depth), bins - 2);
  float deeper = depth - float(bin);
  int left = (at.near.x * bins + bin) * width + texel;
  int right = (at.far.x * bins + bin) * width + texel;
  return mix(mix(mixedRows(cells, left, at), mixedRows(cells, left + width, at), deeper),
    mix(mixedRows(cells, right, at), mixedRows(cells, right + width, at), deeper), at.share.x);
}

vec3 onKnots(sampler2D table, float value, int knots) {
  float at = value * float(knots - 1);
  int knot = min(int(at), knots - 2);
  vec3 low = texelFetch(table, ivec2(knot, 0), 0).rgb;
  return low + (at - float(knot)) * (texelFetch(table, ivec2(knot + 1, 0), 0).rgb - low);
}

vec3 eachOnKnots(sampler2D table, vec3 rgb, int knots) {
  return vec3(onKnots(table, rgb.r, knots).r, onKnots(table, rgb.g, knots).g,
    onKnots(table, rgb.b, knots).b);
}

float greatest(vec3 rgb) { return max(rgb.r, max(rgb.g, rgb.b)); }

float least(vec3 rgb) { return min(rgb.r, min(rgb.g, rgb.b)); }
`;

/** Rounded once, as the twin does; opacity stays. @param {string} last */
const main = (last) => `
void main() {
  ivec2 seen = ivec2(gl_FragCoord.xy);
  vec4 code = texelFetch(photo, seen, 0);
  vec3 rgb = ${last}(floor(code.rgb * 255.0 + 0.5) / 255.0, seen + corner);
  color = vec4(floor(clamp(rgb, 0.0, 1.0) * 255.0 + 0.5) / 255.0, code.a);
}`;
