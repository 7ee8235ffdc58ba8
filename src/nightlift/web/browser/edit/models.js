// Released models, run by ONNX Runtime on WebAssembly: what they say of a small copy.

import { inflatedGzip } from "../photo/gzip.js";
import { powerTable, toneTable } from "../adjust/tone_table.js";
import { powerTo } from "./power.js";

/** @typedef {import("../adjust/kinds.js").Adjustment} Adjustment */
/** @typedef {import("../photo/small_copy.js").Small} Small */

/**
 * What a model is: a part of its passport, and its file.
 * @typedef {object} Passport
 * @property {string} method
 * @property {string} kind
 * @property {import("../photo/small_copy.js").SizeRule} size
 * @property {number | null} steps
 * @property {"corners" | "half-pixel"} alignment
 * @property {number | null} powerTo
 * @property {boolean} hueKept
 * @property {"affine" | "divide" | null} gridMode
 * @property {number | null} leastLight
 * @property {{ w1: number[][], b1: number[], w2: number[], b2: number } | null} guide
 * @property {string} file
 */

/** @typedef {{ dims: readonly number[], data: Float32Array }} Output */
/** @typedef {(small: Small) => Promise<Output>} Run */

const STEEPEST = 0.2;
const MOST_STOPS = 8;

/** @type {Promise<typeof import("onnxruntime-web")> | null} */
let runtime = null;

/** ONNX Runtime, loaded once, on one thread. */
function loaded() {
  runtime ??= (async () => {
    const [ort, wasm] = await Promise.all([
      import(/** @type {any} */ ("../vendor/ort.wasm.bundle.min.mjs")),
      inflatedGzip(new URL("../vendor/ort-wasm-simd-threaded.wasm.gz", import.meta.url)),
    ]);
    Object.assign(ort.env.wasm, { numThreads: 1, proxy: false, wasmBinary: wasm });
    return ort;
  })();
  runtime.catch(() => { runtime = null; }); // to be tried again
  return runtime;
}

/**
 * A loaded model.
 * @param {Passport} passport
 * @returns {Promise<Run>}
 */
export async function open(passport) {
  const [ort, file] = await Promise.all([loaded(),
    inflatedGzip(new URL(`../models/${passport.file}`, import.meta.url))]);
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "all" });
  return async (small) => {
    const photo = new ort.Tensor("float32", planes(small), [1, 3, small.height, small.width]);
    const { parameters } = await session.run({ photo });
    return { dims: parameters.dims, data: /** @type {Float32Array} */ (parameters.data) };
  };
}

/** Channels one after the other. @param {Small} small */
export function planes({ data, height, width }) {
  const count = height * width;
  const out = new Float32Array(3 * count);
  for (let i = 0; i < count; i++)
    for (let channel = 0; channel < 3; channel++) out[channel * count + i] = data[3 * i + channel];
  return out;
}

/**
 * What a model says of a small copy.
 * @param {Passport} passport
 * @param {Run} run
 * @param {Small} small
 * @returns {Promise<Adjustment>}
 */
export async function predict(passport, run, small) {
  const found = await behindPower(passport, run, small);
  return passport.hueKept ? { kind: "hue_kept", adjustment: found } : found;
}

/** @param {Passport} passport @param {Run} run @param {Small} small @returns {Promise<Adjustment>} */
async function behindPower(passport, run, small) {
  if (passport.powerTo === null) return adjustmentOf(passport, await run(small));
  const exponent = powerTo(small.data, passport.powerTo, STEEPEST, 1);
  const seen = { ...small, data: small.data.slice() };
  toneTable(powerTable(exponent)).row(seen.data, 0);
  const curves = /** @type {import("../adjust/kinds.js").CurveMap} */ (
    adjustmentOf(passport, await run(seen)));
  const share = Math.min(1, 2 * (1 - exponent));
  return { kind: "chain", adjustments: [powerTable(exponent),
    { ...curves, maps: curves.maps.map((value) => share * value) }] };
}

/**
 * The adjustment that a model's raw output says.
 * @param {Passport} passport
 * @param {Output} output
 * @returns {Adjustment}
 */
export function adjustmentOf(passport, { dims, data }) {
  switch (passport.kind) {
    case "tone_table": return { kind: "tone_table", values: data.slice() };
    case "light_grid": return lightGrid(dims, data);
    case "curve_map": return curveMap(passport, dims, data);
    case "bilateral_grid": return bilateralGrid(passport, dims, data);
    default: throw new Error(`no adjustment is called ${passport.kind}`);
  }
}

/** @param {readonly number[]} dims @param {Float32Array} data @returns {Adjustment} */
function lightGrid([, count, rows, columns], data) {
  const [bins, cells] = [count - 1, rows * columns];
  const gains = new Float32Array(bins * cells);
  for (let bin = 0; bin < bins; bin++)
    for (let cell = 0; cell < cells; cell++)
      gains[cell * bins + bin] =
        Math.min(Math.max(data[bin * cells + cell], -MOST_STOPS), MOST_STOPS);
  let color = 0;
  for (let cell = 0; cell < cells; cell++) color += data[bins * cells + cell] / cells;
  return { kind: "light_grid", gains, shape: [rows, columns, bins],
    color: Math.min(Math.max(color, 0), 1), black: 0 };
}

/** @param {Passport} passport @param {readonly number[]} dims @param {Float32Array} data @returns {Adjustment} */
function curveMap({ steps, alignment }, [, channels, rows, columns], data) {
  const [said, cells] = [channels / 3, rows * columns];
  const count = said === 1 ? 1 : Math.min(said, steps ?? said);
  const maps = new Float32Array(count * cells * 3);
  for (let n = 0; n < count; n++)
    for (let cell = 0; cell < cells; cell++)
      for (let channel = 0; channel < 3; channel++)
        maps[(n * cells + cell) * 3 + channel] = data[(3 * n + channel) * cells + cell];
  return { kind: "curve_map", maps, shape: [count, rows, columns], steps: steps ?? said, alignment };
}

/** @param {Passport} passport @param {readonly number[]} dims @param {Float32Array} data @returns {Adjustment} */
function bilateralGrid({ gridMode, leastLight, guide }, [, models, bins, rows, columns], data) {
  const cells = new Float32Array(data.length);
  const places = rows * columns;
  for (let i = 0; i < models; i++)
    for (let bin = 0; bin < bins; bin++)
      for (let place = 0; place < places; place++)
        cells[(place * bins + bin) * models + i] = data[(i * bins + bin) * places + place];
  return { kind: "bilateral_grid", cells, shape: [rows, columns, bins], mode: gridMode ?? "affine",
    guide: guide && { w1: Float32Array.from(guide.w1.flat()), b1: Float32Array.from(guide.b1),
      w2: Float32Array.from(guide.w2), b2: guide.b2 },
    leastLight: leastLight ?? 1 / 64 };
}
