// What was seen of one photo: pictures of it under some settings, remembered while they may be needed.

/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").Photo} Photo */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./layers.js").Layer} Layer */

/** @typedef {{settings: Settings, view: View}} Wanted  A picture that is wanted. */
/** @typedef {{canvas: HTMLCanvasElement, suggested: number, notices: string[]}} Shot */

/** How many pictures of one photo are remembered; the one used last goes last. */
const MOST = 10;

export class Shots {
  constructor() {
    /** @type {Map<string, Shot>} */
    this.known = new Map();
    /** @type {Map<string, number>} What the exposure gate allows, by method. */
    this.suggested = new Map();
  }

  /**
   * What a picture is remembered by. As much as the photo needs is a number once it is known.
   *
   * @param {Wanted} wanted
   */
  key({ settings, view }) {
    const strength = settings.strength ?? this.suggested.get(settings.method) ?? null;
    return JSON.stringify([{ ...settings, strength }, view]);
  }

  /** @param {Wanted} wanted @returns {Shot | null} */
  find(wanted) {
    const key = this.key(wanted);
    const shot = this.known.get(key) ?? null;
    if (shot) {
      this.known.delete(key);
      this.known.set(key, shot);
    }
    return shot;
  }

  /**
   * Ask the engine for a picture, and remember it.
   *
   * @param {Engine} engine
   * @param {Photo} photo
   * @param {Wanted} wanted
   * @param {AbortSignal} signal
   */
  async fetch(engine, photo, { settings, view }, signal) {
    const { bitmap, ...told } = await engine.preview(photo, settings, view, signal);
    const shot = { canvas: canvasOf(bitmap), ...told };
    this.suggested.set(settings.method, told.suggested);
    this.known.set(this.key({ settings, view }), shot);
    for (const key of [...this.known.keys()].slice(0, -MOST)) this.known.delete(key);
    return shot;
  }

  /** Let go of all pictures. */
  forget() {
    this.known.clear();
  }
}

/** @param {ImageBitmap} bitmap */
function canvasOf(bitmap) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
  return canvas;
}
