// Files that are stored compressed, so that their first visit is as small on every host.

/**
 * What a host answers; TypeError, as where nobody answers, for what it does not have.
 * @param {URL} address
 */
export async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new TypeError(`fetch of ${address.pathname}: ${response.status}`);
  return response;
}

/**
 * The content of a file compressed by gzip; a host that says so has had it decompressed on the way.
 * @param {URL} address
 * @returns {Promise<Uint8Array>}
 */
export async function inflatedGzip(address) {
  const bytes = new Uint8Array(await (await fetched(address)).arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
