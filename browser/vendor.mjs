// Brings ONNX Runtime for browsers from its package into the source tree, where wheels take it from.
// The WebAssembly file is stored compressed: no host has to do it.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const from = new URL("./node_modules/onnxruntime-web/", import.meta.url);
const to = new URL("../src/nightlift/web/browser/vendor/", import.meta.url);
const { version, license } = JSON.parse(readFileSync(new URL("package.json", from), "utf8"));

mkdirSync(to, { recursive: true });
copyFileSync(new URL("dist/ort.wasm.bundle.min.mjs", from), new URL("ort.wasm.bundle.min.mjs", to));
const wasm = readFileSync(new URL("dist/ort-wasm-simd-threaded.wasm", from));
writeFileSync(new URL("ort-wasm-simd-threaded.wasm.gz", to), gzipSync(wasm, { level: 9 }));
writeFileSync(new URL("README.md", to), `# Not ours

\`ort.wasm.bundle.min.mjs\` and \`ort-wasm-simd-threaded.wasm\` (compressed by gzip) are ONNX Runtime for
browsers, package \`onnxruntime-web\` ${version} of npm, unchanged; license ${license} (LICENSE.txt).
\`make browser\` brings them here from the lock file \`browser/package-lock.json\`.
`);
