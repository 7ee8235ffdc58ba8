// The engine behind the page, on a server: `nightlift serve`. What an engine is: see types.js.

import { sentence } from "./messages.js";
import { EngineError } from "./types.js";

/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").Photo} Photo */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").View} View */

const TRIES = 30;

/** What each photo is called on the server, which may have forgotten it. @type {WeakMap<File, Promise<Held>>} */
const held = new WeakMap();

/** @typedef {Omit<Photo, "file"> & {id: string}} Held */

/** @returns {Engine} The engine of the server that this page came from. */
export function connect() {
  return { methods, open, preview, download, close };
}

async function methods() {
  return (await ask("v1/methods", {})).json();
}

/** @type {Engine["open"]} */
async function open(file, signal) {
  const { id, ...told } = await heeding(sent(file), signal);
  return { file, ...told };
}

/**
 * What the server says of a file, which is sent where it was not, once for all who ask: nobody's
 * signal ends it.
 *
 * @param {File} file
 */
function sent(file) {
  const known = held.get(file);
  if (known) return known;
  const sending = send(file);
  held.set(file, sending);
  sending.catch(() => held.delete(file));
  return sending;
}

/** @param {File} file @returns {Promise<Held>} */
async function send(file) {
  await legible(file);
  return (await ask("v1/photos", { method: "POST", body: file })).json();
}

/**
 * What a promise gives, unless the signal is aborted first.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
function heeding(promise, signal) {
  if (!signal) return promise;
  const aborted = new Promise((_, failed) => {
    signal.addEventListener("abort", () => failed(signal.reason), { once: true });
  });
  return Promise.race([promise, /** @type {Promise<never>} */ (aborted)]);
}

/** @type {Engine["preview"]} */
async function preview(photo, settings, { size, region }, signal) {
  const place = region && `${region.x},${region.y},${region.width},${region.height}`;
  const query = { ...asked(settings), size: String(size), ...(place ? { region: place } : {}) };
  const answer = await ofPhoto(photo, "preview", query, signal);
  return {
    bitmap: await createImageBitmap(await whole(answer.blob())),
    suggested: Number(answer.headers.get("X-Nightlift-Suggested") ?? 1),
    notices: noticesOf(answer),
  };
}

/** @type {Engine["download"]} */
async function download(photo, settings, saving, signal) {
  const query = { ...asked(settings), ...saving, quality: String(saving.quality) };
  const answer = await ofPhoto(photo, "file", query, signal);
  const blob = await whole(answer.blob());
  return { blob, extension: EXTENSIONS[blob.type] ?? "", notices: noticesOf(answer) };
}

/** @type {Engine["close"]} */
async function close({ file }) {
  const known = await held.get(file)?.catch(() => null);
  held.delete(file);
  if (known) fetch(`v1/photos/${known.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** @type {Record<string, string>} */
const EXTENSIONS = {
  "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif",
  "image/webp": ".webp", "image/avif": ".avif", "image/jxl": ".jxl", "image/bmp": ".bmp",
};

/**
 * Settings as the server's parameters.
 *
 * @param {Settings} settings
 * @returns {Record<string, string>}
 */
function asked({ strength, ...others }) {
  const told = Object.entries(others).map(([name, value]) => [name, String(value)]);
  /** @type {Record<string, string>} */
  const lift = strength === null ? { auto: "true" } : { auto: "false", strength: String(strength) };
  return { ...Object.fromEntries(told), ...lift };
}

/**
 * GET something of a photo; where the server has forgotten it, it is sent once more.
 *
 * @param {Photo} photo
 * @param {string} what
 * @param {Record<string, string>} query
 * @param {AbortSignal} [signal]
 */
async function ofPhoto(photo, what, query, signal) {
  for (let tried = 0; ; tried += 1) {
    const sending = sent(photo.file);
    const { id } = await heeding(sending, signal);
    try {
      return await ask(`v1/photos/${id}/${what}?${new URLSearchParams(query)}`, { signal });
    } catch (error) {
      if (!(error instanceof Forgotten) || tried) throw error;
      if (held.get(photo.file) === sending) held.delete(photo.file);
    }
  }
}

/** The server does not hold this photo any more. */
class Forgotten extends EngineError {}

/**
 * Fetch from the server; a busy one (429) is asked again when it says so.
 *
 * @param {string} address
 * @param {RequestInit} request
 */
async function ask(address, request) {
  for (let tried = 1; ; tried += 1) {
    const response = await whole(fetch(address, request));
    if (response.ok) return response;
    if (response.status !== 429 || tried === TRIES) throw await problem(response);
    await pause(1000 * Number(response.headers.get("Retry-After") ?? 1), request.signal);
  }
}

/**
 * What a promise of the network gives; a connection that fails is told as such.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function whole(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new EngineError("nightlift does not answer. Is it still running?", "network");
  }
}

/** @param {Response} response */
async function problem(response) {
  const { error } = await response.json().catch(() => ({}));
  const told = sentence(error ?? `The server answered ${response.status}.`);
  if (response.status === 410) return new Forgotten(told, "engine");
  if ([429, 503, 408].includes(response.status)) return new EngineError(told, "busy");
  return new EngineError(told, response.status < 500 ? "file" : "engine");
}

/**
 * Reject where a file cannot be read: a folder, or one that was moved since it was chosen.
 *
 * @param {File} file
 */
async function legible(file) {
  try {
    await (file.size ? file.slice(0, 1) : file).arrayBuffer();
  } catch {
    throw new EngineError("This file cannot be read any more: it was moved, changed or is a folder. "
      + "Add it again.", "file");
  }
}

/** @param {Response} answer @returns {string[]} */
function noticesOf(answer) {
  return JSON.parse(answer.headers.get("X-Nightlift-Notices") ?? "[]");
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal | null} [signal]
 */
async function pause(milliseconds, signal) {
  await new Promise((done) => setTimeout(done, milliseconds));
  signal?.throwIfAborted();
}
