// The photos on the page: files, what is to be done to each, and what was seen of them so far.

import { same } from "./settings.js";
import { Shots } from "./shots.js";

/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").EngineError} EngineError */
/** @typedef {import("./types.js").Photo} Photo */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * One photo on the page.
 *
 * @typedef {object} Entry
 * @property {number} id
 * @property {File} file
 * @property {string} name  With its place below the folder that was dropped.
 * @property {Settings} settings
 * @property {Settings} committed  The settings after the last movement that is over.
 * @property {Settings | null} saved  The settings of what was saved last.
 * @property {Settings} initial  The settings that it began with.
 * @property {boolean} ready  Whether a result was seen.
 * @property {Photo | null} photo  Once it was opened.
 * @property {Promise<Photo> | null} opening
 * @property {EngineError | null} error
 * @property {string} dismissed  What somebody has read and wants to see no more.
 * @property {HTMLCanvasElement | null} thumb
 * @property {Shots} shots
 */

const THUMB = { width: 184, height: 132 };

let made = 0;

/**
 * @param {File} file
 * @param {string} name
 * @param {Settings} settings
 * @returns {Entry}
 */
export function entryOf(file, name, settings) {
  return { id: (made += 1), file, name: name || "photo", settings, initial: settings, committed: settings,
    saved: null, ready: false, photo: null, opening: null, error: null, dismissed: "", thumb: null, shots: new Shots() };
}

/**
 * Open an entry's file, once.
 *
 * @param {Engine} engine
 * @param {Entry} entry
 */
export function open(engine, entry) {
  entry.opening ??= engine.open(entry.file).then(
    (photo) => {
      entry.photo = photo;
      return photo;
    },
    (error) => {
      entry.opening = null;
      throw error;
    },
  );
  return entry.opening;
}

/**
 * A small canvas of a picture, its short side as large as the film's.
 *
 * @param {ImageBitmap | HTMLCanvasElement} picture
 */
export function thumbOf(picture) {
  const scale = Math.max(THUMB.width / picture.width, THUMB.height / picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * The browser's own quick look at a file, or null where it does not know the format.
 *
 * @param {File} file
 * @param {number} width
 */
export function glance(file, width) {
  return createImageBitmap(file, { resizeWidth: width, resizeQuality: "low" }).catch(() => null);
}

/** Whether it is a photo, as far as is known. @param {Entry} entry */
export const usable = ({ error, photo }) => Boolean(photo) || error?.blame !== "file";

/** Whether something was set and not saved since. @param {Entry} entry */
export function unsaved({ initial, saved, settings }) {
  return !same(saved ?? initial, settings);
}

/**
 * Remember how entries were before what was set now, so that it can be undone as one.
 *
 * @param {import("./history.js").History} history
 * @param {Entry[]} entries
 * @param {(changed: Entry[]) => void} told  Called when it was undone or redone.
 */
export function commit(history, entries, told) {
  const changed = entries.filter(({ settings, committed }) => !same(settings, committed));
  if (!changed.length) return;
  const steps = changed.map((entry) => ({ entry, before: entry.committed, after: entry.settings }));
  for (const { entry, after } of steps) entry.committed = after;
  const put = (/** @type {"before" | "after"} */ which) => () => {
    for (const step of steps) step.entry.settings = step.entry.committed = step[which];
    told(changed);
  };
  history.add(put("before"), put("after"));
}
