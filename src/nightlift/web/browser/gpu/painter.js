// Pixels adjusted by WebGL2: one fragment program for each make of adjustment, kept once compiled.

import { fade } from "../adjust/stages.js";
import { Shader } from "./shader.js";
import { written } from "./written.js";

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("../adjust/axis.js").Frame} Frame */
/** @typedef {import("./shader.js").Table} Table */

/** @typedef {{ program: WebGLProgram, places: Map<string, WebGLUniformLocation | null> }} Compiled */

/**
 * What is ready to be drawn: an adjustment at a strength, its program, and its tables as textures.
 * @typedef {object} Ready
 * @property {Adjustment} adjustment
 * @property {number} strength
 * @property {Compiled} compiled
 * @property {WebGLTexture[]} textures
 */

const CORNERS = `#version 300 es
void main() { gl_Position = vec4(4 * (gl_VertexID & 1) - 1, 4 * (gl_VertexID >> 1) - 1, 0, 1); }`;

export class Painter {
  /** @returns {Painter | null} where the browser has WebGL2 */
  static open() {
    const asked = { antialias: false, depth: false };
    const gl = typeof OffscreenCanvas === "undefined" ? null
      : new OffscreenCanvas(1, 1).getContext("webgl2", asked);
    return gl && new Painter(gl);
  }

  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Map<string, Compiled>} */
    this.programs = new Map();
    /** @type {Ready | null} */
    this.ready = null;
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), gl.getParameter(gl.MAX_RENDERBUFFER_SIZE));
    this.photo = this.texture(gl.TEXTURE_2D);
    gl.disable(gl.DITHER);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    const drawn = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, drawn);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, drawn);
    this.target = [0, 0];
  }

  /** Whether its memory was taken away, which can happen at any time. */
  get lost() {
    return this.gl.isContextLost();
  }

  /**
   * Pixels after an adjustment, as `apply` of stages.js makes them.
   * @param {Uint8ClampedArray} rgba
   * @param {Adjustment} adjustment in the photo's stored order
   * @param {Frame} frame where the pixels lie in their photo
   * @param {number} strength
   * @returns {Uint8ClampedArray | null} null where it cannot be done here
   */
  painted(rgba, adjustment, frame, strength) {
    const { gl } = this;
    if (this.lost || Math.max(frame.rows, frame.columns) > this.largest) return null;
    const compiled = this.prepare(adjustment, strength);
    if (!compiled) return null;
    this.put(rgba, frame);
    this.reach(frame);
    gl.uniform2i(compiled.places.get("size") ?? null, frame.width, frame.height);
    gl.uniform2i(compiled.places.get("corner") ?? null, frame.left, frame.top);
    gl.viewport(0, 0, frame.columns, frame.rows);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const out = new Uint8ClampedArray(rgba.length);
    gl.readPixels(0, 0, frame.columns, frame.rows, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(out.buffer));
    return gl.getError() === gl.NO_ERROR && !this.lost ? out : null;
  }

  /** The program, its values and its tables. @param {Adjustment} adjustment @param {number} strength */
  prepare(adjustment, strength) {
    if (this.ready?.adjustment === adjustment && this.ready.strength === strength) return this.ready.compiled;
    const { gl } = this;
    const shader = new Shader();
    const source = shader.source(written(fade(adjustment, strength), shader));
    const compiled = this.programs.get(source) ?? this.compile(source, shader);
    if (!compiled) return null;
    this.programs.set(source, compiled);
    gl.useProgram(compiled.program);
    for (const { name, type, numbers } of shader.values) this.set(compiled.places.get(name) ?? null, type, numbers);
    this.ready?.textures.forEach((texture) => gl.deleteTexture(texture));
    const textures = shader.tables.map((table, i) => this.fill(table, i + 1));
    this.ready = { adjustment, strength, compiled, textures };
    return compiled;
  }

  /** @param {string} source @param {Shader} shader @returns {Compiled | null} */
  compile(source, shader) {
    const { gl } = this;
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    for (const [type, text] of /** @type {const} */ ([[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, source]])) {
      const one = /** @type {WebGLShader} */ (gl.createShader(type));
      gl.shaderSource(one, text);
      gl.compileShader(one);
      gl.attachShader(program, one);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
    const names = ["size", "corner", ...shader.values.map(({ name }) => name)];
    const places = new Map(names.map((name) => [name, gl.getUniformLocation(program, name)]));
    gl.useProgram(program);
    gl.uniform1i(gl.getUniformLocation(program, "photo"), 0);
    shader.tables.forEach(({ name }, i) => gl.uniform1i(gl.getUniformLocation(program, name), i + 1));
    return { program, places };
  }

  /**
   * @param {WebGLUniformLocation | null} place
   * @param {import("./shader.js").Type} type
   * @param {readonly number[]} numbers
   */
  set(place, type, numbers) {
    const { gl } = this;
    switch (type) {
      case "float": return gl.uniform1f(place, numbers[0]);
      case "vec2": return gl.uniform2fv(place, numbers);
      case "vec3": return gl.uniform3fv(place, numbers);
      case "ivec3": return gl.uniform3iv(place, numbers);
      case "mat3": return gl.uniformMatrix3fv(place, false, numbers);
    }
  }

  /** A table as a texture. @param {Table} table @param {number} unit */
  fill({ data, channels, width, height, layers }, unit) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    const [inside, format] = { 1: [gl.R32F, gl.RED], 3: [gl.RGB32F, gl.RGB], 4: [gl.RGBA32F, gl.RGBA] }[channels];
    const texture = this.texture(layers ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D);
    if (layers) gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, inside, width, height, layers, 0, format, gl.FLOAT, data);
    else gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, format, gl.FLOAT, data);
    return texture;
  }

  /** A texture that is read at whole places. @param {number} kind */
  texture(kind) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(kind, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(kind, name, gl.NEAREST);
    return /** @type {WebGLTexture} */ (texture);
  }

  /** @param {Uint8ClampedArray} rgba @param {Frame} frame */
  put(rgba, { rows, columns }) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.photo);
    const bytes = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.length);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, columns, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  }

  /** Room for the result. @param {Frame} frame */
  reach({ rows, columns }) {
    const { gl } = this;
    if (this.target[0] === columns && this.target[1] === rows) return;
    this.target = [columns, rows];
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, columns, rows);
  }
}
