// Files that are stored compressed, so that their first visit is as small on every host.

/**
 * The content of a file compressed by gzip; a host that says so has had it decompressed on the way.
 * @param {URL} address
 * @returns {Promise<Uint8Array>}
 */
export async function inflatedGzip(address) {
  const response = await fetch(address);
  if (!response.ok) throw new TypeError(`${address.pathname} answered ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
