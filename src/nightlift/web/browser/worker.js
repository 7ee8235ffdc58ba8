// The worker behind the page: photos are read, looked at, edited and written here.

import { use } from "./denoise/kernel.js";
import { editOf, estimate, lookAt } from "./edit/estimate.js";
import { open as openModel } from "./edit/models.js";
import { render } from "./edit/render.js";
import { Painter } from "./gpu/painter.js";
import * as painting from "./gpu/painting.js";
import { fetched } from "./photo/gzip.js";
import { UnreadableError, decode, outline } from "./photo/decode.js";
import { encode, writtenAs } from "./photo/encode.js";
import { transposes } from "./photo/orientation.js";
import { previewed } from "./preview.js";

/** @typedef {import("../static/types.js").Settings} Settings */
/** @typedef {import("../static/types.js").Saving} Saving */
/** @typedef {import("../static/types.js").View} View */
/** @typedef {import("./photo/decode.js").Outline} Outline */
/** @typedef {import("./photo/decode.js").Decoded} Decoded */
/** @typedef {import("./edit/models.js").Passport} Passport */

const MOST_PIXELS = 100e6;

/** "on", "off", or null: by a measurement, once the first picture is there. */
const webgl = new URL(self.location.href).searchParams.get("webgl");
if (webgl === "on") painting.use(Painter.open());

/**
 * What is known of a photo. `copies` are small ones by their size, for previews.
 * @typedef {object} Entry
 * @property {File} file
 * @property {Promise<Outline>} outline
 * @property {Promise<Decoded> | null} decoded
 * @property {Promise<import("./edit/estimate.js").Looks> | null} looks
 * @property {Map<string, Promise<import("./edit/estimate.js").Estimate>>} estimates
 * @property {Map<number, import("./preview.js").Copy>} copies
 */

/** @type {Map<number, Entry>} */
const entries = new Map();

/** @type {Promise<Passport[]> | null} */
let passports = null;

/** @type {Map<string, Promise<import("./edit/models.js").Run>>} */
const models = new Map();

/** @type {Promise<void> | null} */
let kernel = null;

/** What denoises in WebAssembly, loaded once. */
function compiled() {
  kernel ??= fetched(new URL("./denoise/shrink.wasm", import.meta.url))
    .then((answer) => answer.arrayBuffer()).then(use);
  kernel.catch(() => { kernel = null; }); // to be tried again
  return kernel;
}

/** Photos are written one after the other: two at once would take twice the memory. */
let writing = Promise.resolve();

/** @param {number} id @param {File} file @returns {Entry} */
function entryOf(id, file) {
  const known = entries.get(id);
  if (known) return known;
  const entry = { file, outline: outline(file), decoded: null, looks: null, estimates: new Map(),
    copies: new Map() };
  entry.outline.catch(() => entries.delete(id)); // to be tried again
  entries.set(id, entry);
  return entry;
}

/** The pixels of a photo; those of all others are let go. @param {Entry} entry */
function pixelsOf(entry) {
  for (const other of entries.values()) if (other !== entry) forget(other);
  return kept(entry, "decoded", async () => checked(await decode(await entry.outline)));
}

/** @param {Decoded} photo */
function checked(photo) {
  if (photo.width * photo.height <= MOST_PIXELS) return photo;
  throw new UnreadableError(`This photo has ${Math.round(photo.width * photo.height / 1e6)} million `
    + `pixels, more than the ${MOST_PIXELS / 1e6} million that the browser can hold.`);
}

/** @param {Entry} entry */
function forget(entry) {
  entry.decoded = null;
  entry.copies.clear();
}

/**
 * What an entry holds under a name, made at first; what fails is made anew.
 * @template {"decoded" | "looks"} Name
 * @param {Entry} entry
 * @param {Name} name
 * @param {() => Entry[Name]} make
 * @returns {NonNullable<Entry[Name]>}
 */
function kept(entry, name, make) {
  const made = entry[name] ?? make();
  entry[name] = made;
  /** @type {Promise<unknown>} */ (made).catch(() => { entry[name] = /** @type {any} */ (null); });
  return /** @type {NonNullable<Entry[Name]>} */ (made);
}

/** @param {string} method @returns {Promise<{ passport: Passport, run: import("./edit/models.js").Run }>} */
async function model(method) {
  passports ??= fetched(new URL("./models/models.json", import.meta.url))
    .then((answer) => answer.json());
  passports.catch(() => { passports = null; });
  const passport = (await passports).find((one) => one.method === method);
  if (!passport) throw new Error(`No method is called ${method} here.`);
  const opened = models.get(method) ?? openModel(passport);
  models.set(method, opened);
  opened.catch(() => models.delete(method));
  return { passport, run: await opened };
}

/**
 * @param {Entry} entry
 * @param {Decoded} photo
 * @param {string} method
 */
async function estimated(entry, photo, method) {
  await compiled();
  const looks = await kept(entry, "looks", async () => lookAt(photo));
  const known = entry.estimates.get(method) ?? model(method)
    .then(({ passport, run }) => estimate(photo, looks, passport, run));
  entry.estimates.set(method, known);
  known.catch(() => entry.estimates.delete(method));
  return { found: await known, looks };
}

/** @param {Settings} settings */
const asItWas = ({ strength, ...rest }) => strength === 0 && ["exposure", "highlights", "shadows",
  "black", "warmth", "tint", "saturation"].every((name) => rest[/** @type {keyof typeof rest} */ (name)] === 0);

/**
 * @typedef {{ signal: AbortSignal }} Asked
 * @type {Record<string, (given: any, asked: Asked) => Promise<any>>}
 */
const calls = {
  /** @param {{ method: string }} given */
  async load({ method }) {
    await Promise.all([model(method), compiled()]);
  },

  /** @param {{ id: number, file: File }} given */
  async open({ id, file }) {
    const found = await entryOf(id, file).outline;
    const across = transposes(found.orientation);
    return {
      width: across ? found.height : found.width, height: across ? found.width : found.height,
      format: found.format, written: writtenAs(found.format), bits: found.bits,
      notices: found.notices,
    };
  },

  /** @param {{ id: number, file: File, settings: Settings, view: View }} given @param {Asked} asked */
  async preview({ id, file, settings, view }, { signal }) {
    const entry = entryOf(id, file);
    const photo = await pixelsOf(entry);
    signal.throwIfAborted();
    const { found, looks } = await estimated(entry, photo, settings.method);
    await breath(signal);
    const edit = asItWas(settings) ? null
      : (/** @type {number} */ factor) => editOf(found, settings, photo, looks.noise, factor);
    const bitmap = await previewed(photo, entry.copies, edit, view);
    return { bitmap, suggested: found.gate, notices: found.notices };
  },

  /** @param {{ id: number, file: File, settings: Settings, saving: Saving }} given @param {Asked} asked */
  async download({ id, file, settings, saving }, { signal }) {
    const before = writing;
    let done = () => {};
    writing = new Promise((resolve) => { done = () => resolve(undefined); });
    try {
      await before;
      signal.throwIfAborted();
      return await written(entryOf(id, file), settings, saving, signal);
    } finally {
      done();
    }
  },

  /** @param {{ id: number }} given */
  async close({ id }) {
    entries.delete(id);
  },
};

/** @param {Entry} entry @param {Settings} settings @param {Saving} saving @param {AbortSignal} signal */
async function written(entry, settings, saving, signal) {
  const seen = await entry.decoded;
  const photo = seen ? { ...seen, data: seen.data.slice() } : checked(await decode(await entry.outline));
  const { found, looks } = await estimated(entry, photo, settings.method);
  const edit = editOf(found, settings, photo, looks.noise);
  await render(photo, edit, () => breath(signal));
  const format = saving.format === "same" ? writtenAs(photo.format) : saving.format.replace("jpg", "jpeg");
  const file = await encode(photo, { ...saving, format });
  return { ...file, notices: [...photo.notices, ...file.notices] };
}

/** Let messages in, such as one that nobody waits any more. @param {AbortSignal} signal */
async function breath(signal) {
  await new Promise((next) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = next;
    port2.postMessage(null);
  });
  signal.throwIfAborted();
}

/** @param {unknown} error @returns {{ sentence: string, blame: string }} */
function told(error) {
  if (error instanceof DOMException && error.name === "AbortError") return { sentence: "", blame: "abort" };
  if (error instanceof UnreadableError) return { sentence: error.message, blame: "file" };
  if (error instanceof DOMException && error.name === "NotReadableError") return { blame: "file",
    sentence: "This file cannot be read any more: it was moved, changed or is a folder. Add it again." };
  if (error instanceof TypeError && /fetch|network|load/i.test(error.message)) return { blame: "network",
    sentence: "A part of nightlift could not be loaded. Is there a connection?" };
  return { sentence: `A fault of nightlift keeps it from this photo: ${error}`, blame: "engine" };
}

/** @type {Map<number, AbortController>} */
const running = new Map();

addEventListener("message", async ({ data: { number, call, given } }) => {
  if (call === "abort") return void running.get(number)?.abort();
  const controller = new AbortController();
  running.set(number, controller);
  try {
    const result = await calls[call](given, { signal: controller.signal });
    const moved = result?.bitmap ? [result.bitmap] : [];
    postMessage({ number, result }, { transfer: moved });
    if (call === "preview" && webgl !== "off") painting.choose();
  } catch (error) {
    postMessage({ number, failure: told(error) });
  } finally {
    running.delete(number);
  }
});
