// Calls one function of a module with arguments from standard input, and prints what it returns.

import { readFileSync } from "node:fs";

const KINDS = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array,
  clamped: Uint8ClampedArray };

const revive = (key, value) => {
  if (!value?.$array) return value;
  const bytes = Uint8Array.from(Buffer.from(value.data, "base64"));
  return new KINDS[value.$array](bytes.buffer);
};

const plain = (value) => {
  if (ArrayBuffer.isView(value)) {
    const name = Object.keys(KINDS).find((kind) => value.constructor === KINDS[kind]);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $array: name, data: bytes.toString("base64") };
  }
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return value;
};

const [module, name] = process.argv.slice(2);
const args = JSON.parse(readFileSync(0, "utf8"), revive);
const { [name]: called } = await import(module);
const result = await called(...args);
process.stdout.write(JSON.stringify(plain(result ?? null)));
