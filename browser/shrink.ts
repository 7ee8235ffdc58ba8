// The windows of shrinkage.js, four numbers at a time. Compiled by AssemblyScript to WebAssembly; the
// tests hold both together. All arguments named as arrays are places in the memory, in bytes.

const C1: f32 = 0.49039264020161522;
const C2: f32 = 0.46193976625564337;
const C3: f32 = 0.41573480615127262;
const C4: f32 = 0.35355339059327379;
const C5: f32 = 0.27778511650980114;
const C6: f32 = 0.19134171618254489;
const C7: f32 = 0.09754516100806412;

const SIDE: i32 = 8;
const PATCH: i32 = 32;
const LEVELS: i32 = 32;
const LEAST_NOISE: f32 = 1e-6;

/** Room for a block of a window, for a window of each of two planes, and for one more. */
const FIRST: usize = memory.data(64, 16);
const SECOND: usize = memory.data(256, 16);
const THIRD: usize = memory.data(256, 16);
const TURNED: usize = memory.data(256, 16);

/** Where there is room for the caller's arrays. */
export const base: usize = __heap_base;

@inline function times(a: v128, b: f32): v128 { return f32x4.mul(a, f32x4.splat(b)); }
@inline function plus(a: v128, b: v128): v128 { return f32x4.add(a, b); }
@inline function minus(a: v128, b: v128): v128 { return f32x4.sub(a, b); }

/** Eight rows of four numbers through the cosine transform, a column each. */
@inline function forward(from: usize, step: usize, into: usize, stride: usize): void {
  const v0 = v128.load(from), v1 = v128.load(from + step), v2 = v128.load(from + 2 * step);
  const v3 = v128.load(from + 3 * step), v4 = v128.load(from + 4 * step);
  const v5 = v128.load(from + 5 * step), v6 = v128.load(from + 6 * step);
  const v7 = v128.load(from + 7 * step);
  const d0 = minus(v0, v7), d1 = minus(v1, v6), d2 = minus(v2, v5), d3 = minus(v3, v4);
  const s0 = plus(v0, v7), s1 = plus(v1, v6), s2 = plus(v2, v5), s3 = plus(v3, v4);
  const e0 = plus(s0, s3), e1 = plus(s1, s2), f0 = minus(s0, s3), f1 = minus(s1, s2);
  v128.store(into, times(plus(e0, e1), C4));
  v128.store(into + 4 * stride, times(minus(e0, e1), C4));
  v128.store(into + 2 * stride, plus(times(f0, C2), times(f1, C6)));
  v128.store(into + 6 * stride, minus(times(f0, C6), times(f1, C2)));
  v128.store(into + stride, plus(plus(times(d0, C1), times(d1, C3)), plus(times(d2, C5), times(d3, C7))));
  v128.store(into + 3 * stride,
    minus(minus(times(d0, C3), times(d1, C7)), plus(times(d2, C1), times(d3, C5))));
  v128.store(into + 5 * stride,
    plus(minus(times(d0, C5), times(d1, C1)), plus(times(d2, C7), times(d3, C3))));
  v128.store(into + 7 * stride,
    plus(minus(times(d0, C7), times(d1, C5)), minus(times(d2, C3), times(d3, C1))));
}

/** The way back; what comes out is added to what is there where `add` is true. */
@inline function backward(from: usize, step: usize, into: usize, stride: usize, add: bool): void {
  const v1 = v128.load(from + step), v3 = v128.load(from + 3 * step);
  const v5 = v128.load(from + 5 * step), v7 = v128.load(from + 7 * step);
  const v0 = v128.load(from), v4 = v128.load(from + 4 * step);
  const v2 = v128.load(from + 2 * step), v6 = v128.load(from + 6 * step);
  const sum = times(plus(v0, v4), C4), difference = times(minus(v0, v4), C4);
  const f0 = plus(times(v2, C2), times(v6, C6)), f1 = minus(times(v2, C6), times(v6, C2));
  const s0 = plus(sum, f0), s3 = minus(sum, f0), s1 = plus(difference, f1), s2 = minus(difference, f1);
  const d0 = plus(plus(times(v1, C1), times(v3, C3)), plus(times(v5, C5), times(v7, C7)));
  const d1 = minus(minus(times(v1, C3), times(v3, C7)), plus(times(v5, C1), times(v7, C5)));
  const d2 = plus(minus(times(v1, C5), times(v3, C1)), plus(times(v5, C7), times(v7, C3)));
  const d3 = plus(minus(times(v1, C7), times(v3, C5)), minus(times(v5, C3), times(v7, C1)));
  put(into, plus(s0, d0), add);
  put(into + stride, plus(s1, d1), add);
  put(into + 2 * stride, plus(s2, d2), add);
  put(into + 3 * stride, plus(s3, d3), add);
  put(into + 4 * stride, minus(s3, d3), add);
  put(into + 5 * stride, minus(s2, d2), add);
  put(into + 6 * stride, minus(s1, d1), add);
  put(into + 7 * stride, minus(s0, d0), add);
}

@inline function put(at: usize, value: v128, add: bool): void {
  v128.store(at, add ? plus(v128.load(at), value) : value);
}

/** A block of 4 × 4 with rows and columns exchanged. */
@inline function turned(from: usize, step: usize, into: usize, stride: usize): void {
  const a = v128.load(from), b = v128.load(from + step);
  const c = v128.load(from + 2 * step), d = v128.load(from + 3 * step);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(into, v128.shuffle<i32>(ab, cd, 0, 1, 4, 5));
  v128.store(into + stride, v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
  v128.store(into + 2 * stride, v128.shuffle<i32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(into + 3 * stride, v128.shuffle<i32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** A window transformed along its rows, which come transformed down: 64 numbers, rows exchanged. */
@inline function window(columns: usize, row: usize, into: usize): void {
  turned(columns, row, TURNED, 32);
  turned(columns + 16, row, TURNED + 128, 32);
  turned(columns + 4 * row, row, TURNED + 16, 32);
  turned(columns + 4 * row + 16, row, TURNED + 144, 32);
  forward(TURNED, 32, into, 32);
  forward(TURNED + 16, 32, into + 16, 32);
  f32.store(into, 0);
}

/** The way back, added to rows. */
@inline function unwindow(from: usize, changes: usize, row: usize): void {
  backward(from, 32, TURNED, 32, false);
  backward(from + 16, 32, TURNED + 16, 32, false);
  addTurned(TURNED, changes, row);
  addTurned(TURNED + 128, changes + 16, row);
  addTurned(TURNED + 16, changes + 4 * row, row);
  addTurned(TURNED + 144, changes + 4 * row + 16, row);
}

@inline function addTurned(from: usize, into: usize, stride: usize): void {
  turned(from, 32, FIRST, 16);
  for (let i: usize = 0; i < 4; i++)
    v128.store(into + i * stride, plus(v128.load(into + i * stride), v128.load(FIRST + 16 * i)));
}

/** Add to eight numbers. */
@inline function addTo(at: usize, value: v128): void {
  v128.store(at, plus(v128.load(at), value));
  v128.store(at + 16, plus(v128.load(at + 16), value));
}

/** Columns of eight rows through the transform; `row` bytes a row, a multiple of 16. */
export function down(columns: usize, row: usize): void {
  for (let at: usize = 0; at < row; at += 16) forward(columns + at, row, columns + at, row);
}

/** And back, added. */
export function up(changes: usize, sums: usize, row: usize): void {
  for (let at: usize = 0; at < row; at += 16) backward(changes + at, row, sums + at, row, true);
}

/** Add a row to each of eight. */
export function addToEach(shares: usize, totals: usize, row: usize): void {
  for (let at: usize = 0; at < row; at += 16) {
    const share = v128.load(shares + at);
    for (let to = totals + at; to < totals + 8 * row; to += row)
      v128.store(to, plus(v128.load(to), share));
  }
}

/** Sums of eight rows, over 64. */
export function mean(rows: usize, means: usize, row: usize): void {
  for (let at: usize = 0; at < row; at += 16) {
    let sum = v128.load(rows + at);
    for (let i: usize = 1; i < 8; i++) sum = plus(sum, v128.load(rows + i * row + at));
    v128.store(means + at, times(sum, 1 / 64));
  }
}

/** The noise of the window at column x. */
@inline function deviationOf(deviations: usize, means: usize, x: i32): f32 {
  const at = means + 4 * x;
  const half = plus(v128.load(at), v128.load(at + 16));
  const luma = f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1)
    + f32x4.extract_lane(half, 2) + f32x4.extract_lane(half, 3);
  const z = min(max(luma, <f32>0), <f32>1) * <f32>(LEVELS - 1);
  const level = min(<i32>z, LEVELS - 2);
  const cell = deviations + 4 * ((x / PATCH) * LEVELS + level);
  const low = f32.load(cell);
  return low + (z - <f32>level) * (f32.load(cell, 4) - low);
}

/**
 * All windows of a row, of one plane, or of two where `other` is not 0. `padded` numbers a row of
 * which there is room for `row` bytes; `weights` with rows and columns exchanged.
 */
export function shrink(columns: usize, other: usize, changes: usize, otherChanges: usize,
  shares: usize, means: usize, deviations: usize, weights: usize, softness: f32, padded: i32,
  row: usize): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1), soft = f32x4.splat(softness);
  for (let x = 0; x + SIDE <= padded; x += 2) {
    const noise = deviationOf(deviations, means, x);
    const at: usize = 4 * x;
    if (noise <= 0) { // nothing is to be taken: all 64 coefficients stay
      addTo(shares + at, f32x4.splat(1 / 64));
      continue;
    }
    const deviation = max(noise, LEAST_NOISE);
    const scale = f32x4.splat(<f32>1 / (deviation * deviation));
    window(columns + at, row, SECOND);
    if (other) window(other + at, row, THIRD);
    let squares = zero;
    for (let i: usize = 0; i < 256; i += 16) {
      const value = v128.load(SECOND + i);
      let energy = f32x4.mul(value, value);
      let second = zero;
      if (other) {
        second = v128.load(THIRD + i);
        energy = plus(energy, f32x4.mul(second, second));
      }
      const ratio = minus(f32x4.mul(f32x4.mul(energy, v128.load(weights + i)), scale), soft);
      const kept = f32x4.pmin(one, f32x4.pmax(zero, ratio));
      squares = plus(squares, f32x4.mul(kept, kept));
      v128.store(SECOND + i, f32x4.mul(value, minus(kept, one)));
      if (other) v128.store(THIRD + i, f32x4.mul(second, minus(kept, one)));
    }
    const total: f32 = <f32>1 + f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1)
      + f32x4.extract_lane(squares, 2) + f32x4.extract_lane(squares, 3);
    const share = f32x4.splat(<f32>1 / total);
    for (let i: usize = 0; i < 256; i += 16) {
      v128.store(SECOND + i, f32x4.mul(v128.load(SECOND + i), share));
      if (other) v128.store(THIRD + i, f32x4.mul(v128.load(THIRD + i), share));
    }
    unwindow(SECOND, changes + at, row);
    if (other) unwindow(THIRD, otherChanges + at, row);
    addTo(shares + at, share);
  }
}
