// The viewer: photos, what is shown of them, and the figures beside them.

import { Stage } from "./stage.js";
import { clamp, element, turnTheme } from "./elements.js";
import { decoded } from "./blobs.js";
import { cardOf, number, shownScore } from "./figures.js";

/** @typedef {import("./stage.js").Mode} Mode */
/** @typedef {import("./figures.js").Metric} Metric */
/** @typedef {import("./figures.js").Score} Score */

/** @typedef {import("./figures.js").Shown} Shown */
/** @typedef {import("./figures.js").Told} Told */

export class Viewer {
  /**
   * @param {HTMLElement} root
   * @param {Told} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.at = 0;
    this.turn = 0;
    this.told = "";
    /** @type {HTMLLIElement[]} */
    this.items = [];
    /** @type {number[]} What is shown again when flipping ends. */
    this.several = [];
    this.find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (root.querySelector(selector));
    this.shown = this.first();
    this.order = data.photos.map((_, index) => index);
    this.panel = window.matchMedia("(min-width: 60rem)").matches;
    this.estimates = data.photos.some((photo) => photo.estimates.length);
    this.stage = new Stage(this.find(".stage"), (what) => {
      if (what === "zoom") this.tellZoom();
    });
    this.stage.free = document.body.classList.contains("compare");
    this.chips();
    this.film();
    this.orders();
    this.buttons();
    this.listen();
    this.open(0);
  }

  // What the stage begins with: all pictures where they are few, else the first ones.
  first() {
    if (this.data.shown && window.matchMedia("(min-width: 30rem)").matches) return this.data.shown;
    const most = window.matchMedia("(min-width: 60rem)").matches ? 4 : 2;
    const count = this.data.columns.length;
    const few = count <= most ? count : Math.max(2, Math.min(3, most));
    return [...Array(few).keys()];
  }

  get photo() {
    return this.data.photos[this.order[this.at]];
  }

  /** @param {number} at */
  async open(at) {
    this.at = clamp(at, 0, this.order.length - 1);
    const { photo } = this;
    this.mark();
    this.figures();
    this.caption();
    await this.refresh();
    this.drawEstimates(photo);
  }

  // Decode what is to be seen and then show it, unless something else was asked for meanwhile.
  async refresh() {
    const { photo } = this;
    const turn = (this.turn += 1);
    const columns = [...this.shown];
    const images = await Promise.all(columns.map((column) => decoded(photo.images[column])));
    if (turn !== this.turn) return;
    /** @type {[number, number, number, number]} */
    const box = [0, 0, ...photo.size];
    const pictures = columns.map((column, place) =>
      ({ name: this.data.columns[column].name, layers: [{ element: images[place], box }] }));
    this.columns = columns;
    this.stage.show(pictures, photo.size);
    this.root.dataset.ready = photo.label;
    performance.mark("first-picture");
    this.tellZoom();
    this.press();
  }

  caption() {
    const { photo } = this;
    this.find(".caption .name").textContent = photo.label;
    const [width, height] = photo.full;
    const share = Math.round((100 * photo.size[0]) / width);
    const scaled = share === 100 ? "" : `, shown at ${share} %`;
    const notes = photo.notes.length ? ` · ${photo.notes.join(" · ")}` : "";
    this.find(".caption .facts").textContent =
      `${width} × ${height}${scaled}${notes} · ${this.at + 1} of ${this.order.length}`;
  }

  chips() {
    const chips = this.data.columns.map((column, index) => {
      const key = index < 9 ? [element("kbd", { "aria-hidden": "true" }, String(index + 1))] : [];
      const chip = element("button", { type: "button", "aria-pressed": "false" }, ...key, column.name);
      chip.addEventListener("click", () => this.choose(index));
      return chip;
    });
    this.find(".columns").replaceChildren(...chips);
  }

  /** Show or hide a column; when flipping, show this one alone. @param {number} column */
  choose(column) {
    if (column >= this.data.columns.length) return;
    if (this.stage.mode === "flip") this.shown = [column];
    else if (!this.shown.includes(column)) {
      this.shown = [...this.shown, column].sort((one, other) => one - other);
    } else if (this.shown.length > 1) this.shown = this.shown.filter((one) => one !== column);
    this.figures();
    this.refresh();
  }

  /** @param {Mode} mode */
  mode(mode) {
    const before = this.stage.mode;
    if (mode === before) return;
    if (mode === "flip") {
      this.several = this.shown;
      this.shown = [this.shown[Math.min(1, this.shown.length - 1)]];
    } else if (before === "flip") this.shown = this.several;
    this.stage.mode = mode;
    this.stage.draw();
    this.figures();
    this.refresh();
  }

  /** @param {number} direction */
  flip(direction) {
    const count = this.data.columns.length;
    this.choose((this.shown[0] + direction + count) % count);
  }

  film() {
    const items = this.data.photos.map((photo, index) => {
      const image = element("img", { alt: "", loading: "lazy", decoding: "async", src: photo.thumb });
      const button = element("button", { type: "button" },
        image, element("span", {}, photo.label), element("small", {}));
      button.addEventListener("click", () => this.open(this.order.indexOf(index)));
      return element("li", {}, button);
    });
    this.items = items;
    this.find(".film ol").replaceChildren(...items);
    this.find(".film").hidden = items.length < 2;
  }

  orders() {
    const { metrics, columns, photos } = this.data;
    const judged = metrics.filter((metric) => photos.some((photo) => photo.scores[metric.name]));
    if (!judged.length || photos.length < 2) return;
    const by = /** @type {HTMLSelectElement} */ (this.find("[data-order=by]"));
    const of = /** @type {HTMLSelectElement} */ (this.find("[data-order=of]"));
    by.append(element("option", { value: "" }, "as given"));
    for (const { name, title } of judged) {
      for (const end of ["worst", "best"]) {
        by.append(element("option", { value: `${end} ${name}` }, `${end} ${title}`));
      }
    }
    of.append(...columns.map((column, index) => element("option", { value: String(index) }, column.name)));
    of.value = String(this.data.judged ?? Math.min(1, columns.length - 1));
    if (this.data.order) by.value = this.data.order;
    for (const select of [by, of]) select.addEventListener("change", () => this.sort(by, of));
    this.find(".order").hidden = false;
    this.sort(by, of);
  }

  /**
   * @param {HTMLSelectElement} by
   * @param {HTMLSelectElement} of
   */
  sort(by, of) {
    const [end, name] = by.value.split(" ");
    const { photos, metrics } = this.data;
    this.order = photos.map((_, index) => index);
    const metric = metrics.find((one) => one.name === name);
    const score = (/** @type {number} */ index) => photos[index].scores[name]?.[Number(of.value)] ?? null;
    if (metric) {
      const sign = (metric.better === "higher") === (end === "worst") ? 1 : -1;
      const worth = (/** @type {number} */ index) => (score(index) === null ? Infinity : sign * number(score(index)));
      this.order.sort((one, other) => worth(one) - worth(other) || one - other);
    }
    for (const [index, item] of this.items.entries()) {
      const text = metric && score(index) !== null ? shownScore(score(index), metric) : "";
      /** @type {HTMLElement} */ (item.querySelector("small")).textContent = text;
    }
    this.find(".film ol").replaceChildren(...this.order.map((index) => this.items[index]));
    this.open(0);
  }

  mark() {
    const current = this.order[this.at];
    this.items.forEach((item, index) => {
      const button = /** @type {Element} */ (item.firstElementChild);
      if (index === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    const film = this.find(".film ol");
    const item = this.items[current];
    const [top, left] = [item.offsetTop - film.offsetTop, item.offsetLeft - film.offsetLeft];
    film.scrollTo({
      top: top - (film.clientHeight - item.clientHeight) / 2,
      left: left - (film.clientWidth - item.clientWidth) / 2,
    });
  }

  figures() {
    const { photo, data } = this;
    const cards = this.shown.map((column) => cardOf(data.columns[column].name, {
      scores: data.metrics
        .map((metric) => ({ metric, score: photo.scores[metric.name]?.[column] ?? null }))
        .filter(({ score }) => score !== null),
      clipped: photo.clipped[column],
      histogram: photo.histograms[column],
    }));
    const title = element("h2", { class: "sr" }, "Histograms and figures");
    this.find(".panel").replaceChildren(title, ...cards);
  }

  /** @param {Shown} photo */
  drawEstimates(photo) {
    const box = this.find(".estimates");
    const turn = this.turn;
    Promise.all(photo.estimates.map(async ({ column, title, image }) => {
      const drawn = await decoded(image);
      const name = this.data.columns[column].name;
      drawn.alt = `${title}, as ${name} estimated it`;
      return element("figure", {}, drawn, element("figcaption", {}, `${name}: ${title}`));
    })).then((figures) => {
      if (turn === this.turn) box.replaceChildren(...figures);
    });
  }

  press() {
    const pressed = (/** @type {Element} */ button, /** @type {boolean} */ value) => button.setAttribute("aria-pressed", String(value));
    for (const button of this.root.querySelectorAll(".bar [data-mode]")) {
      pressed(button, button.getAttribute("data-mode") === this.stage.mode);
    }
    [...this.find(".columns").children].forEach((chip, index) =>
      pressed(chip, this.shown.includes(index)));
    pressed(this.find("[data-show=clipping]"), this.stage.clipping);
    pressed(this.find("[data-show=panel]"), this.panel);
    const estimates = this.find("[data-show=estimates]");
    pressed(estimates, this.estimates);
    estimates.hidden = !this.photo.estimates.length;
    this.find(".estimates").hidden = !this.estimates || !this.photo.estimates.length;
    this.find(".panel").hidden = !this.panel;
    this.root.classList.toggle("with-panel", this.panel);
  }

  tellZoom() {
    const text = this.stage.zoom === null ? `Fit · ${this.stage.percent()} %` : `${this.stage.percent()} %`;
    this.find(".zoom").textContent = text;
    if (this.told !== text) this.find("[role=status]").textContent = `Zoom ${text}`;
    this.told = text;
  }

  /** @param {string} what */
  toggle(what) {
    if (what === "clipping") {
      this.stage.clipping = !this.stage.clipping;
      this.stage.draw();
    } else if (what === "panel") this.panel = !this.panel;
    else if (what === "estimates") this.estimates = !this.estimates;
    else /** @type {HTMLDialogElement} */ (this.find(".help")).showModal();
    this.press();
  }

  buttons() {
    this.find(".bar").addEventListener("click", (event) => {
      const { mode, zoom, show } = /** @type {Element} */ (event.target).closest("button")?.dataset ?? {};
      if (mode) this.mode(/** @type {Mode} */ (mode));
      if (zoom === "toggle") this.stage.toggle();
      else if (zoom) this.stage.step(zoom === "in" ? 1 : -1);
      if (show) this.toggle(show);
    });
  }

  listen() {
    const home = document.body.classList.contains("compare") ? document : this.root;
    home.addEventListener("keydown", (pressed) => {
      const event = /** @type {KeyboardEvent} */ (pressed);
      const busy = /** @type {Element} */ (event.target).closest?.("select, input, dialog[open]");
      if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.key(event)) event.preventDefault();
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      n: () => this.open(this.at + 1),
      p: () => this.open(this.at - 1),
      s: () => this.mode("slide"),
      g: () => this.mode("grid"),
      f: () => this.mode("flip"),
      z: () => this.stage.toggle(),
      0: () => this.stage.zoomTo(null),
      "+": () => this.stage.step(1),
      "=": () => this.stage.step(1),
      "-": () => this.stage.step(-1),
      c: () => this.toggle("clipping"),
      i: () => this.toggle("panel"),
      e: () => this.toggle("estimates"),
      "?": () => this.toggle("help"),
      t: turnTheme,
      ArrowLeft: () => this.arrow(-1, 0, event),
      ArrowRight: () => this.arrow(1, 0, event),
      ArrowUp: () => this.arrow(0, -1, event),
      ArrowDown: () => this.arrow(0, 1, event),
    };
    if (/^[1-9]$/.test(key)) this.choose(Number(key) - 1);
    else if (key in acts) return acts[key]() !== false;
    else return false;
    return true;
  }

  /**
   * Move what is shown; false where the arrow is left to the page.
   *
   * @param {number} x
   * @param {number} y
   * @param {KeyboardEvent} event
   */
  arrow(x, y, event) {
    const step = event.shiftKey ? 10 : 1;
    if (this.stage.mode === "flip" && x && !this.stage.enlarged()) return this.flip(x);
    if (this.stage.enlarged()) return this.stage.pan(-x * 16 * step, -y * 16 * step);
    if (!x || this.stage.mode !== "slide" || !this.stage.dividers.length) return false;
    return this.stage.divide(0, this.stage.dividers[0] + (x * step) / 100);
  }
}
