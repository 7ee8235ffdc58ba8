// Bytes of files: put together, compared with text, compressed.

/** @param {Uint8Array[]} parts @returns {Uint8Array} */
export function joined(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Text of single bytes (Latin-1) as bytes. @param {string} text */
export const bytesOf = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * @param {Uint8Array} bytes
 * @param {string} text
 * @param {number} [at]
 */
export function startsWith(bytes, text, at = 0) {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** @param {Uint8Array} bytes @param {string} text of single bytes */
export function includes(bytes, text) {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

/** @param {Uint8Array} bytes */
export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * A number of four bytes.
 * @param {number} value
 * @param {boolean} [little]
 */
export function uint32(value, little = false) {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, little);
  return bytes;
}

/**
 * Bytes after a stream that compresses (zlib's format) or decompresses.
 * @param {Uint8Array} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
export async function through(bytes, stream) {
  const piped = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** @param {Uint8Array} bytes */
export const deflated = (bytes) => through(bytes, new CompressionStream("deflate"));

/** @param {Uint8Array} bytes */
export const inflated = (bytes) => through(bytes, new DecompressionStream("deflate"));
