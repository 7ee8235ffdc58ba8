// What the page and an engine tell each other: types alone, no code.
//
// The page (app.js and what it imports) never knows where photos are worked on. It imports one thing,
// `connect` of "./engine.js", and talks to what that gives. In this folder engine.js asks a server
// (nightlift serve); an edition without a server puts another engine.js in its place, whose `connect`
// gives an Engine that works in the browser. Everything else is shared.
//
// An engine may hold what it likes for an opened photo and may forget it at any time: the page gives
// the Photo back with each call, and its file is in it. Every promise may reject with an
// EngineError, which says whose fault it was, or with an AbortError where `signal` was aborted.

/**
 * What is to be done to a photo. The names, scales and meanings are those of `nightlift enhance`.
 *
 * @typedef {object} Settings
 * @property {string} method  A name of Offer.methods.
 * @property {number | null} strength  0 to 1.5, on pixels: clip(x + s (f(x) - x)); null: as much as
 *   the exposure gate says that this photo needs (Result.suggested).
 * @property {"off" | "auto" | "fast" | "fine"} denoise  One of Offer.denoise.
 * @property {number} denoise_amount  0 to 1.
 * @property {number} exposure  -5 to 5 stops.
 * @property {number} highlights  This and all below: -100 to 100, 0 for no change.
 * @property {number} shadows
 * @property {number} black
 * @property {number} warmth
 * @property {number} tint
 * @property {number} saturation
 */

/**
 * How the result is written.
 *
 * @typedef {object} Saving
 * @property {string} format  One of Offer.formats, such as "same" (as the photo) or "jpg".
 * @property {number} quality  50 to 100, of JPEG, WebP and AVIF.
 * @property {"none" | "gps" | "all"} strip  Metadata that is not kept.
 */

/**
 * @typedef {object} Method
 * @property {string} name
 * @property {string} title  What it is, in a line.
 * @property {string} training  How it learned; "classical" where it did not.
 * @property {boolean} recommended  Exactly one is.
 * @property {boolean} research  Whether its weights are for research only.
 */

/**
 * @typedef {object} Offer
 * @property {Method[]} methods  The fast ones first.
 * @property {("off" | "auto" | "fast" | "fine")[]} denoise  What can be done about noise here.
 * @property {string[]} formats  What can be written here; "same" is among them.
 * @property {{bytes: number, pixels: number}} limits  What one photo may have at most.
 * @property {string} version  Of nightlift.
 * @property {string} privacy  A sentence: where photos go, and where they do not.
 */

/**
 * A photo that was opened.
 *
 * @typedef {object} Photo
 * @property {File} file
 * @property {number} width  In pixels, of the upright photo at full size.
 * @property {number} height
 * @property {string} format  Such as "jpeg", "heic", "raw".
 * @property {string} written  The format that "same" will write: HEIC is written as "jpeg", RAW as
 *   "tiff".
 * @property {number} bits  Per channel.
 * @property {string[]} notices  Sentences about what could not be read or kept.
 */

/**
 * A part of the upright photo, in whole pixels of its full size.
 *
 * @typedef {object} Region
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * What is to be seen: the whole photo or a region of it, shrunk so that its long side has at most
 * `size` pixels, never enlarged. A region which fits in `size` shows the pixels of the download.
 *
 * @typedef {object} View
 * @property {number} size
 * @property {Region} [region]  Without one: the whole photo.
 */

/**
 * @typedef {object} Result
 * @property {ImageBitmap} bitmap  Upright, 8 bits, sRGB (or the canvas' own space: see the engine).
 * @property {number} suggested  The strength that the exposure gate allows, 0 to 1.
 * @property {string[]} notices  Sentences for the user about this edit of this photo, such as
 *   "held back to 40 %: it looks dark on purpose" or "too dark to save: ...".
 */

/**
 * @typedef {object} Download
 * @property {Blob} blob  The file, its type set.
 * @property {string} extension  With the dot.
 * @property {string[]} notices  What could not be kept.
 */

/**
 * @typedef {object} Engine
 * @property {() => Promise<Offer>} methods
 * @property {(file: File, signal?: AbortSignal) => Promise<Photo>} open  Read a file, whole or as
 *   far as is needed to say what it is.
 * @property {(photo: Photo, settings: Settings, view: View, signal?: AbortSignal) =>
 *   Promise<Result>} preview  What the edit makes of the photo, denoising included. `strength` 0
 *   with all controls at 0 is the photo as it was, without denoising.
 * @property {(photo: Photo, settings: Settings, saving: Saving, signal?: AbortSignal) =>
 *   Promise<Download>} download  The photo at full size, as a file.
 * @property {(photo: Photo) => void} close  Forget the photo: it was removed from the page.
 */

/**
 * Whose fault it was decides what the page offers: "network" (nobody answers: try again), "busy"
 * (try again), "file" (this file can never be used, or is gone from the disk), "engine" (a fault of
 * ours: try again, report).
 *
 * @typedef {"network" | "busy" | "file" | "engine"} Blame
 */

/** An error with a sentence for the user, and whose fault it was. */
export class EngineError extends Error {
  /**
   * @param {string} sentence
   * @param {Blame} blame
   */
  constructor(sentence, blame) {
    super(sentence);
    this.name = "EngineError";
    this.blame = blame;
  }
}
