// The photos on the page, and what is known of each so far.

import * as api from "./api.js";
import { pixelsOf } from "./blend.js";

const STAGE_SIZE = Math.min(1600, Math.ceil(Math.max(screen.width, screen.height) * devicePixelRatio));
const CELL_SIZE = 640;
const KEPT = 4; // photos whose previews stay in memory

let made = 0;

/** A photo as it was dropped; `stage` and `cells` hold its previews at two sizes. */
export function photoOf(file) {
  return { id: ++made, file, name: file.name || "photo", stage: empty(STAGE_SIZE),
    cells: empty(CELL_SIZE), info: null, error: null, thumb: null, used: 0 };
}

function empty(size) {
  return { size, before: null, after: new Map(), suggested: new Map(), errors: new Map() };
}

/** Fetch the previews of `names` that are missing; `changed` is called after each that arrives. */
export async function load(photo, previews, names, denoise, signal, changed) {
  photo.used = ++made;
  const missing = names.filter((name) => !previews.after.has(name));
  if (!missing.length && previews.before) return;
  try {
    for await (const line of api.previews(photo.file, missing, previews.size, denoise, signal)) {
      take(photo, previews, line);
      changed();
    }
    photo.error = null;
  } catch (error) {
    if (signal.aborted) return;
    photo.error = error instanceof TypeError ? "The server cannot be reached." : error.message;
    changed();
  }
}

function take(photo, previews, line) {
  if (line.method) {
    if (line.bitmap) {
      previews.after.set(line.method, pixelsOf(line.bitmap));
      previews.suggested.set(line.method, line.suggested);
    }
    else previews.errors.set(line.method, line.error);
  } else if (line.error) {
    throw new Error(line.error);
  } else {
    const { bitmap, ...info } = line;
    photo.info = info;
    photo.thumb ??= thumbOf(bitmap);
    previews.before ??= pixelsOf(bitmap);
  }
}

/** A small canvas of a bitmap, its short side as large as the film's. */
export function thumbOf(bitmap) {
  const scale = Math.max(184 / bitmap.width, 132 / bitmap.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The browser's own quick look at a photo, or null where it does not know the format. */
export function glance(photo, width) {
  return createImageBitmap(photo.file, { resizeWidth: width, resizeQuality: "low" })
    .catch(() => null);
}

/** Let go of the previews of all but the photos looked at last. */
export function forget(photos) {
  const old = [...photos].sort((a, b) => b.used - a.used).slice(KEPT);
  old.forEach(renew);
}

/** Let go of a photo's previews, which are no longer what is asked for. */
export function renew(photo) {
  photo.stage = empty(STAGE_SIZE);
  photo.cells = empty(CELL_SIZE);
}
