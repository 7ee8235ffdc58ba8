// Calls functions of modules: a call a line on standard input, what it returns a line on output.

import { createInterface } from "node:readline";

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

for await (const line of createInterface({ input: process.stdin })) {
  const { module, name, args } = JSON.parse(line, revive);
  let answer;
  try {
    const { [name]: called } = await import(module);
    answer = { result: plain((await called(...args)) ?? null) };
  } catch (error) {
    answer = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
