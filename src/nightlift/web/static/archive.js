// A ZIP file without compression, which photos would not profit from (PKWARE APPNOTE 6.3.10).

const UTF8_NAMES = 1 << 11;
const LARGEST = 2 ** 32 - 1;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * Numbers as little-endian bytes.
 *
 * @param {...number[]} numbers  Each is [value, width in bytes].
 */
function packed(...numbers) {
  const bytes = [];
  for (const [value, width] of numbers) {
    for (let i = 0; i < width; i++) bytes.push(Math.floor(value / 256 ** i) % 256);
  }
  return Uint8Array.from(bytes);
}

/** @param {Date} date */
function dosTime(date) {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return [[time, 2], [day, 2]];
}

/**
 * One ZIP file; throws an Error with a sentence where it would exceed 4 GB.
 *
 * @param {{name: string, blob: Blob}[]} files
 */
export async function zipped(files) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  const now = dosTime(new Date());
  let at = 0;
  for (const { name, blob } of files) {
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const title = new TextEncoder().encode(name);
    const shared = [[20, 2], [UTF8_NAMES, 2], [0, 2], ...now, [crc, 4], [blob.size, 4],
      [blob.size, 4], [title.length, 2], [0, 2]];
    const head = packed([0x04034b50, 4], ...shared);
    directory.push(
      packed([0x02014b50, 4], [20, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), title);
    parts.push(head, title, blob);
    at += head.length + title.length + blob.size;
    if (at > LARGEST) throw new Error("These photos are more than 4 GB: download them in parts.");
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = packed([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2],
    [length, 4], [at, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/**
 * A name that is not taken yet even where capitals do not count: the second gets " (2)".
 *
 * @param {string} name
 * @param {Set<string>} taken  Names in small letters; the new one is added.
 */
export function distinct(name, taken) {
  const [, stem, extension] = /** @type {RegExpMatchArray} */ (name.match(/^(.*?)(\.[^./]*)?$/s));
  let one = name;
  for (let n = 2; taken.has(one.toLowerCase()); n += 1) one = `${stem} (${n})${extension ?? ""}`;
  taken.add(one.toLowerCase());
  return one;
}
