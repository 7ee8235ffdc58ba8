// The orthonormal cosine transform of eight values (DCT-II), by halves.

const COS = Array.from({ length: 8 }, (_, i) => Math.cos(Math.PI * i / 16) / 2);
const [, C1, C2, C3, C4, C5, C6, C7] = COS;

/**
 * Transform eight values, in place.
 * @param {Float32Array} values
 * @param {number} at of the first one
 * @param {number} step from one to the next
 */
export function forward(values, at, step) {
  between(values, at, step, values, at, step);
}

/**
 * Transform eight values of one array into another.
 * @param {Float32Array} from
 * @param {number} at
 * @param {number} step
 * @param {Float32Array} into
 * @param {number} to
 * @param {number} stride
 */
export function between(from, at, step, into, to, stride) {
  const v0 = from[at], v1 = from[at + step], v2 = from[at + 2 * step], v3 = from[at + 3 * step];
  const v4 = from[at + 4 * step], v5 = from[at + 5 * step], v6 = from[at + 6 * step];
  const v7 = from[at + 7 * step];
  const d0 = v0 - v7, d1 = v1 - v6, d2 = v2 - v5, d3 = v3 - v4;
  const s0 = v0 + v7, s1 = v1 + v6, s2 = v2 + v5, s3 = v3 + v4;
  const e0 = s0 + s3, e1 = s1 + s2, f0 = s0 - s3, f1 = s1 - s2;
  into[to] = C4 * (e0 + e1);
  into[to + 4 * stride] = C4 * (e0 - e1);
  into[to + 2 * stride] = C2 * f0 + C6 * f1;
  into[to + 6 * stride] = C6 * f0 - C2 * f1;
  into[to + stride] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
  into[to + 3 * stride] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
  into[to + 5 * stride] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3;
  into[to + 7 * stride] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3;
}

/**
 * Add `share` times eight values, transformed back, to others.
 * @param {Float32Array} values
 * @param {number} at
 * @param {number} step
 * @param {Float32Array} into
 * @param {number} to
 * @param {number} stride
 * @param {number} share
 */
export function addBackward(values, at, step, into, to, stride, share) {
  const v0 = share * values[at], v1 = share * values[at + step], v2 = share * values[at + 2 * step];
  const v3 = share * values[at + 3 * step], v4 = share * values[at + 4 * step];
  const v5 = share * values[at + 5 * step], v6 = share * values[at + 6 * step];
  const v7 = share * values[at + 7 * step];
  const sum = C4 * (v0 + v4), difference = C4 * (v0 - v4);
  const f0 = C2 * v2 + C6 * v6, f1 = C6 * v2 - C2 * v6;
  const s0 = sum + f0, s3 = sum - f0, s1 = difference + f1, s2 = difference - f1;
  const d0 = C1 * v1 + C3 * v3 + C5 * v5 + C7 * v7;
  const d1 = C3 * v1 - C7 * v3 - C1 * v5 - C5 * v7;
  const d2 = C5 * v1 - C1 * v3 + C7 * v5 + C3 * v7;
  const d3 = C7 * v1 - C5 * v3 + C3 * v5 - C1 * v7;
  into[to] += s0 + d0;
  into[to + 7 * stride] += s0 - d0;
  into[to + stride] += s1 + d1;
  into[to + 6 * stride] += s1 - d1;
  into[to + 2 * stride] += s2 + d2;
  into[to + 5 * stride] += s2 - d2;
  into[to + 3 * stride] += s3 + d3;
  into[to + 4 * stride] += s3 - d3;
}
