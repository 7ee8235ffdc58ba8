// What every method makes of a photo, side by side: the fast ones first.

import { element } from "./elements.js";
import { open } from "./photos.js";

/** @typedef {import("./photos.js").Entry} Entry */
/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").Method} Method */
/** @typedef {{button: HTMLButtonElement, note: HTMLElement}} Cell */

const SIZE = 512;
/** CSS pixels: the least width of a cell, and what its text and the gaps take of its height. */
const [LEAST, TEXT] = [210, 84];

export class Grid {
  /**
   * @param {HTMLElement} root
   * @param {Engine} engine
   * @param {(name: string) => void} choose
   */
  constructor(root, engine, choose) {
    this.root = root;
    this.engine = engine;
    this.choose = choose;
    this.progress = element("p", { class: "hint", role: "status" });
    this.list = element("div", { class: "cells" });
    root.append(this.progress, this.list);
    /** @type {Map<string, Cell>} */
    this.cells = new Map();
    this.running = new AbortController();
  }

  stop() {
    this.running.abort();
  }

  /**
   * Show what all methods make of an entry under its other settings.
   *
   * @param {Entry} entry
   * @param {Method[]} methods
   */
  async show(entry, methods) {
    this.stop();
    const { signal } = (this.running = new AbortController());
    if (this.cells.size !== methods.length) this.build(methods);
    for (const [name, { button }] of this.cells) {
      button.setAttribute("aria-pressed", String(name === entry.settings.method));
      button.classList.add("waiting");
    }
    const photo = await open(this.engine, entry).catch(() => null);
    if (!photo || signal.aborted) return;
    this.arrange(photo.width / photo.height);
    let done = 0;
    for (const { name } of methods) {
      this.progress.textContent = `${done} of ${methods.length} methods`;
      await this.fill(entry, name, signal);
      if (signal.aborted) return;
      done += 1;
    }
    this.progress.textContent = `All ${methods.length} methods. Choose one to see it large.`;
  }

  /** Cells as large as they can be with all of them seen at once. @param {number} ratio of the photo */
  arrange(ratio) {
    const { clientWidth: width, clientHeight: height } = this.root;
    const most = Math.max(1, Math.floor(width / LEAST));
    const fits = (/** @type {number} */ across) =>
      Math.ceil(this.cells.size / across) * (width / across / ratio + TEXT) <= height;
    let across = 1;
    while (across < most && !fits(across)) across += 1;
    this.list.style.setProperty("--ratio", String(ratio));
    this.list.style.setProperty("--cell", `${Math.floor(width / across) - 24}px`);
  }

  /** @param {Method[]} methods */
  build(methods) {
    this.cells = new Map(methods.map(({ name, title, research }) => {
      const told = research ? `research only · ${title}` : title;
      const note = element("small", { title: told }, told);
      const text = element("span", {}, element("b", {}, name), note);
      const button = element("button", { type: "button", class: "cell" }, element("canvas"), text);
      button.addEventListener("click", () => this.choose(name));
      return [name, { button, note }];
    }));
    this.list.replaceChildren(...[...this.cells.values()].map(({ button }) => button));
  }

  /**
   * @param {Entry} entry
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async fill(entry, name, signal) {
    const { button, note } = /** @type {Cell} */ (this.cells.get(name));
    const wanted = { settings: { ...entry.settings, method: name }, view: { size: SIZE } };
    const photo = await open(this.engine, entry);
    try {
      const { bitmap } = await this.engine.preview(photo, wanted.settings, wanted.view, signal);
      const canvas = element("canvas", { "aria-hidden": "true" });
      [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
      canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
      button.firstElementChild?.replaceWith(canvas);
      button.classList.remove("waiting");
    } catch (error) {
      if (!signal.aborted) note.textContent = /** @type {Error} */ (error).message;
    }
  }
}

