// What is said of the photo, over it and to screen readers.

import { usable } from "./photos.js";

/** @typedef {import("./photos.js").Entry} Entry */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Say something over the photo; an empty text says nothing.
 *
 * @param {string} text
 * @param {boolean} [bad]
 * @param {boolean} [again]  Whether it may be tried again.
 */
export function say(text, bad = false, again = false) {
  const box = $("message");
  const line = /** @type {HTMLElement} */ (box.firstElementChild);
  box.hidden = !text;
  box.classList.toggle("bad", bad);
  $("again").hidden = !again;
  $("discard").hidden = true;
  $("dismiss").hidden = false;
  if (line.textContent === text) return;
  line.textContent = text;
  announce(text);
}

/**
 * Say what keeps a photo from being worked on; where it is no photo, nothing else can be done.
 *
 * @param {Entry} entry
 * @param {import("./types.js").EngineError} error
 */
export function complain(entry, { message, blame }) {
  say(blame === "file" ? `${entry.name}: ${message}` : message, true, blame !== "file");
  $("discard").hidden = usable(entry);
  $("dismiss").hidden = true;
}

/** Say what the current entry is. @param {Entry | null} entry */
export function introduce(entry) {
  const { photo, name } = entry ?? {};
  const facts = [name, photo && `${photo.width} × ${photo.height}`, photo?.format.toUpperCase()];
  $("facts").textContent = facts.filter(Boolean).join(" · ");
  document.title = entry ? `${name} – nightlift` : "nightlift";
}

/** Let nobody work on what is no photo. @param {Entry | null} entry */
export function allow(entry) {
  const none = Boolean(entry && !usable(entry));
  const parts = [$("looks"), $("sheet"), /** @type {HTMLElement} */ (document.querySelector(".bar"))];
  if (none && parts.some((part) => part.contains(document.activeElement))) $("stage").focus();
  for (const part of parts) part.inert = none;
  for (const id of ["save", "adjust"]) $(id).setAttribute("aria-disabled", String(none));
}

/** Say something to screen readers alone. @param {string} text */
export function announce(text) {
  $("live").textContent = text;
}

/**
 * What is to be known of an entry and of the edit of it.
 *
 * @param {Entry} entry
 * @param {string[]} notices  Those of the edit.
 */
export function noticesOf({ settings, photo }, notices) {
  const told = settings.strength === null ? notices : notices.filter(warns);
  const more = told.every(warns) ? [] : ["Strength lifts it all the same."];
  return [...told, ...more, ...(photo?.notices ?? [])].map(sentence).join(" ");
}

/** Notices that are told whatever the strength is. */
const warns = (/** @type {string} */ notice) => /^(too|very) dark/.test(notice);

/** A notice as a sentence of its own. @param {string} notice */
export const sentence = (notice) => `${notice[0].toUpperCase()}${notice.slice(1)}`.replace(/([^.!?])$/, "$1.");
