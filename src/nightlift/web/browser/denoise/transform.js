// The orthonormal cosine transform of eight values (DCT-II), in place, by halves.

const COS = Array.from({ length: 8 }, (_, i) => Math.cos(Math.PI * i / 16) / 2);
const [, C1, C2, C3, C4, C5, C6, C7] = COS;

/**
 * @param {Float32Array | Float64Array} values
 * @param {number} at of the first one
 * @param {number} step from one to the next
 */
export function forward(values, at, step) {
  const i1 = at + step, i2 = i1 + step, i3 = i2 + step;
  const i4 = i3 + step, i5 = i4 + step, i6 = i5 + step, i7 = i6 + step;
  const s0 = values[at] + values[i7], d0 = values[at] - values[i7];
  const s1 = values[i1] + values[i6], d1 = values[i1] - values[i6];
  const s2 = values[i2] + values[i5], d2 = values[i2] - values[i5];
  const s3 = values[i3] + values[i4], d3 = values[i3] - values[i4];
  const e0 = s0 + s3, e1 = s1 + s2, f0 = s0 - s3, f1 = s1 - s2;
  values[at] = C4 * (e0 + e1);
  values[i4] = C4 * (e0 - e1);
  values[i2] = C2 * f0 + C6 * f1;
  values[i6] = C6 * f0 - C2 * f1;
  values[i1] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
  values[i3] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
  values[i5] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3;
  values[i7] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3;
}

/**
 * The way back.
 * @param {Float32Array | Float64Array} values
 * @param {number} at
 * @param {number} step
 */
export function backward(values, at, step) {
  const i1 = at + step, i2 = i1 + step, i3 = i2 + step;
  const i4 = i3 + step, i5 = i4 + step, i6 = i5 + step, i7 = i6 + step;
  const v1 = values[i1], v3 = values[i3], v5 = values[i5], v7 = values[i7];
  const sum = C4 * (values[at] + values[i4]), difference = C4 * (values[at] - values[i4]);
  const f0 = C2 * values[i2] + C6 * values[i6], f1 = C6 * values[i2] - C2 * values[i6];
  const s0 = sum + f0, s3 = sum - f0, s1 = difference + f1, s2 = difference - f1;
  const d0 = C1 * v1 + C3 * v3 + C5 * v5 + C7 * v7;
  const d1 = C3 * v1 - C7 * v3 - C1 * v5 - C5 * v7;
  const d2 = C5 * v1 - C1 * v3 + C7 * v5 + C3 * v7;
  const d3 = C7 * v1 - C5 * v3 + C3 * v5 - C1 * v7;
  values[at] = s0 + d0;
  values[i7] = s0 - d0;
  values[i1] = s1 + d1;
  values[i6] = s1 - d1;
  values[i2] = s2 + d2;
  values[i5] = s2 - d2;
  values[i3] = s3 + d3;
  values[i4] = s3 - d3;
}
