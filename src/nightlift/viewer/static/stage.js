// The stage: several pictures of one photo, aligned, under one zoom and one place.

import { clamp, element } from "./elements.js";
import { Gestures } from "./gestures.js";
import { lay } from "./layers.js";

/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {{name: string, layers: Layer[]}} Picture */
/** @typedef {"slide" | "grid" | "flip"} Mode */
/** @typedef {{box: HTMLElement, label: HTMLElement, layers: Layer[]}} Pane */

const MOST_ZOOM = 16;
const STEPS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16];

export class Stage {
  /**
   * @param {HTMLElement} root  What the pictures are shown in; the stage listens to it.
   * @param {(what: "zoom" | "divider" | "place") => void} told  Called with what changed.
   */
  constructor(root, told) {
    this.root = root;
    this.told = told;
    /** @type {Mode} */
    this.mode = "slide";
    /** @type {number[]} Shares of the picture's width that can be seen. */
    this.dividers = [];
    /** @type {number | null} null: the whole picture; else screen pixels for each of the photo's. */
    this.zoom = null;
    this.center = [0.5, 0.5];
    this.size = [1, 1];
    this.names = "";
    this.clipping = false;
    this.free = false; // whether the wheel alone zooms: nothing around the stage scrolls
    /** @type {Pane[]} */
    this.panes = [];
    /** @type {HTMLElement[]} */
    this.handles = [];
    this.gestures = new Gestures(this);
    new ResizeObserver(() => {
      this.draw();
      this.told("place");
    }).observe(root);
  }

  /**
   * Show pictures of a photo of this size; dividers, zoom and place stay where they can.
   *
   * @param {Picture[]} pictures
   * @param {[number, number]} size  Width and height of the photo.
   */
  show(pictures, size) {
    const names = pictures.map(({ name }) => name).join("\n");
    if (names !== this.names) this.build(pictures);
    this.names = names;
    this.size = size;
    pictures.forEach(({ layers }, index) => this.fill(this.panes[index], layers));
    this.draw();
  }

  /** @param {Picture[]} pictures */
  build(pictures) {
    if (this.dividers.length !== pictures.length - 1) {
      this.dividers = pictures.slice(1).map((_, i) => (i + 1) / pictures.length);
    }
    this.panes = pictures.map(({ name }) => {
      const label = element("span", { class: "label" }, name);
      return { box: element("div", { class: "pane" }, label), label, layers: [] };
    });
    this.handles = pictures.slice(1).map((_, place) => this.handle(place, pictures));
    this.root.replaceChildren(...this.panes.map((pane) => pane.box), ...this.handles);
  }

  /**
   * @param {Pane} pane
   * @param {Layer[]} layers
   */
  fill(pane, layers) {
    pane.layers = layers;
    layers[0].element.setAttribute("aria-label", pane.label.textContent ?? "");
    layers[0].element.setAttribute("role", "img");
    const wanted = [...layers.map((layer) => layer.element), pane.label];
    const there = [...pane.box.children].filter((child) => !child.classList.contains("clipped"));
    const same = wanted.length === there.length && wanted.every((one, i) => one === there[i]);
    if (!same) pane.box.replaceChildren(...wanted);
  }

  /**
   * @param {number} place
   * @param {Picture[]} pictures
   */
  handle(place, pictures) {
    const made = element("div", {
      class: "handle", role: "slider", tabindex: "0", "aria-orientation": "horizontal",
      "aria-valuemin": "0", "aria-valuemax": "100", "data-place": String(place),
      "aria-label": `Divider between ${pictures[place].name} and ${pictures[place + 1].name}`,
    }, element("i", { "aria-hidden": "true" }));
    made.addEventListener("keydown", (event) => this.key(event, place));
    return made;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} place
   */
  key(event, place) {
    const step = event.shiftKey ? 0.1 : 0.01;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step,
      PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.divide(place, this.dividers[place] + moves[event.key]);
  }

  /**
   * @param {number} place
   * @param {number} value
   */
  divide(place, value) {
    const low = this.dividers[place - 1] ?? 0;
    const high = this.dividers[place + 1] ?? 1;
    this.dividers[place] = clamp(value, low, high);
    this.draw();
    this.told("divider");
  }

  /** Width and height in CSS pixels of what one picture has to itself, and how many abreast. */
  room() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (this.mode !== "grid") return [width, height, 1];
    const count = Math.max(1, this.panes.length);
    const fits = (/** @type {number} */ across) => {
      const down = Math.ceil(count / across);
      return Math.min(width / across / this.size[0], height / down / this.size[1]);
    };
    let best = 1;
    for (let across = 2; across <= count; across += 1) if (fits(across) > fits(best)) best = across;
    return [width / best, height / Math.ceil(count / best), best];
  }

  fit() {
    const [width, height] = this.room();
    return Math.min(width / this.size[0], height / this.size[1]) || 1;
  }

  /** CSS pixels for each pixel of the photo. */
  scale() {
    return this.zoom === null ? this.fit() : this.zoom / devicePixelRatio;
  }

  percent() {
    return Math.round(this.scale() * devicePixelRatio * 100);
  }

  draw() {
    const [width, height, across] = this.room();
    if (!this.panes.length || !width || !height) return;
    const scale = this.scale();
    const place = [width, height].map((room, axis) => this.place(axis, room, scale));
    this.root.dataset.mode = this.mode;
    this.root.classList.toggle("enlarged", this.enlarged());
    const [top, bottom] = this.visible(1);
    this.root.style.setProperty("--above", `${top}px`);
    this.root.style.setProperty("--below", `${height - bottom}px`);
    this.panes.forEach((pane, index) => {
      for (const layer of pane.layers) lay(pane.box, layer, place, scale, this.clipping);
      this.put(pane, index, [width, height, across]);
    });
    this.putHandles();
  }

  /**
   * Where the photo's first pixel lies along one axis, its center kept within bounds.
   *
   * @param {number} axis
   * @param {number} room
   * @param {number} scale
   */
  place(axis, room, scale) {
    const whole = this.size[axis] * scale;
    if (whole <= room) {
      this.center[axis] = 0.5;
      return onScreen((room - whole) / 2);
    }
    const half = room / 2 / whole;
    this.center[axis] = clamp(this.center[axis], half, 1 - half);
    return onScreen(room / 2 - this.center[axis] * whole);
  }

  /** The part of the photo that can be seen: left, top, width, height in its pixels. */
  seen() {
    const [width, height] = this.room();
    const scale = this.scale();
    const [x, width_] = this.extent(0, width, scale);
    const [y, height_] = this.extent(1, height, scale);
    return [x, y, width_, height_];
  }

  /**
   * @param {number} axis
   * @param {number} room
   * @param {number} scale
   */
  extent(axis, room, scale) {
    const start = Math.max(0, -this.place(axis, room, scale) / scale);
    return [start, Math.min(this.size[axis] - start, room / scale)];
  }

  /**
   * The first and last columns of a pane, in CSS pixels, that hold some of the picture, or rows.
   *
   * @param {0 | 1} [axis]
   */
  visible(axis = 0) {
    const room = this.room()[axis];
    const scale = this.scale();
    const start = this.place(axis, room, scale);
    return [Math.max(0, start), Math.min(room, start + this.size[axis] * scale)];
  }

  /**
   * @param {Pane} pane
   * @param {number} index
   * @param {number[]} room
   */
  put(pane, index, [width, height, across]) {
    const { style } = pane.box;
    const grid = this.mode === "grid";
    style.left = `${grid ? (index % across) * width : 0}px`;
    style.top = `${grid ? Math.floor(index / across) * height : 0}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
    const slide = this.mode === "slide";
    const [first, last] = this.visible();
    const at = (/** @type {number} */ divider) => first + divider * (last - first);
    const from = at(slide ? (this.dividers[index - 1] ?? 0) : 0);
    const to = at(slide ? (this.dividers[index] ?? 1) : 1);
    style.clipPath = slide ? `inset(0 ${width - to}px 0 ${from}px)` : "none";
    pane.label.style.left = `${from + 10}px`;
    pane.label.style.maxWidth = `${Math.max(0, to - from - 20)}px`;
    pane.label.hidden = to - from < 44;
  }

  putHandles() {
    const [first, last] = this.visible();
    this.handles.forEach((handle, place) => {
      const at = this.dividers[place];
      handle.hidden = this.mode !== "slide";
      handle.style.left = `${first + at * (last - first)}px`;
      handle.setAttribute("aria-valuenow", String(Math.round(at * 100)));
    });
  }

  enlarged() {
    const [width, height] = this.room();
    const scale = this.scale();
    return this.size[0] * scale > width + 1 || this.size[1] * scale > height + 1;
  }

  /**
   * Zoom so that what is under (x, y), CSS pixels from the stage's corner, stays there.
   *
   * @param {number | null} zoom
   * @param {number} [x]
   * @param {number} [y]
   */
  zoomTo(zoom, x, y) {
    const [width, height, across] = this.room();
    const before = this.scale();
    const at = [x ?? width / 2, y ?? height / 2];
    if (this.mode === "grid" && across) [at[0], at[1]] = [at[0] % width, at[1] % height];
    const rooms = [width, height];
    const point = at.map((value, axis) =>
      this.center[axis] * this.size[axis] + (value - rooms[axis] / 2) / before);
    this.zoom = zoom === null ? null : clamp(zoom, 0.05, MOST_ZOOM);
    const after = this.scale();
    this.center = point.map((value, axis) =>
      (value - (at[axis] - rooms[axis] / 2) / after) / this.size[axis]);
    this.draw();
    this.told("zoom");
  }

  /**
   * @param {number} direction
   * @param {number} [x]
   * @param {number} [y]
   */
  step(direction, x, y) {
    const now = this.scale() * devicePixelRatio;
    const later = STEPS.filter((step) => (direction > 0 ? step > now * 1.01 : step < now * 0.99));
    if (!later.length) return;
    const next = direction > 0 ? later[0] : later[later.length - 1];
    const fit = this.fit() * devicePixelRatio;
    const passes = direction < 0 ? next <= fit && now > fit * 1.01 : false;
    this.zoomTo(passes ? null : next, x, y);
  }

  /**
   * @param {number} [x]
   * @param {number} [y]
   */
  toggle(x, y) {
    this.zoomTo(this.zoom === null ? 1 : null, x, y);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  pan(x, y) {
    const scale = this.scale();
    this.center = [this.center[0] - x / scale / this.size[0],
      this.center[1] - y / scale / this.size[1]];
    this.draw();
    this.told("place");
  }
}

/** A place in CSS pixels at the nearest pixel of the screen, where pictures are sharp. */
const onScreen = (/** @type {number} */ place) =>
  Math.round(place * devicePixelRatio) / devicePixelRatio;
