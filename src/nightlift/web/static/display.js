// The current photo on the stage: what is asked of the engine for it, and what is shown meanwhile.

import { open } from "./photos.js";
import { boxOf, copied, layer } from "./pictures.js";
import { at, untouched } from "./settings.js";

/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Region} Region */
/** @typedef {import("./photos.js").Entry} Entry */
/** @typedef {import("./shots.js").Wanted} Wanted */
/** @typedef {import("./shots.js").Shot} Shot */
/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {null | "strength" | "control"} Dragged  What is being dragged. */
/** @typedef {"before" | "after" | "anchor"} Role  What a picture is wanted for. */
/** @typedef {{whole: HTMLCanvasElement | null, part: Layer | null}} Seen */

const [BEFORE, AFTER, ANCHOR] = /** @type {const} */ (["before", "after", "anchor"]);

const LARGEST = 4096;
/** Sizes of previews are whole multiples of it, so that a window that grows a little needs no other. */
const GRAIN = 320;
const AT_ONCE = 2;
/** Milliseconds that a request may take although nobody wants it any more. */
const PATIENCE = 400;
/** How much more than what is seen is fetched around it, as a share. */
const MARGIN = 0.08;
/** Milliseconds that the stage has to be still before another part of the photo is asked for. */
const STILL = 90;
/** How many times smaller than what it stands for a picture may be while something is dragged. */
const COARSER = [2, 3, 4, 6];
/** Milliseconds within which such a picture is to arrive, and from which on it may be finer. */
const [LATE, EARLY] = [90, 30];
/** The strength beyond full of which a picture is kept for dragging. */
const MOST_STRENGTH = 1.5;

export class Display {
  /**
   * @param {Engine} engine
   * @param {Stage} stage
   * @param {(entry: Entry) => void} told  Called when something arrived, or failed to.
   * @param {() => void} drawn  Called when the stage was drawn anew.
   */
  constructor(engine, stage, told, drawn) {
    this.engine = engine;
    this.stage = stage;
    this.told = told;
    this.drawn = drawn;
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {Dragged} */
    this.dragged = null;
    /** @type {Map<string, {controller: AbortController, since: number, draft: boolean}>} */
    this.flights = new Map();
    this.last = nothing();
    /** @type {HTMLCanvasElement | null} The browser's own picture while the first one is awaited. */
    this.glance = null;
    this.painting = 0;
    this.coarse = 0; // a place in COARSER
    /** @type {number | undefined} */
    this.still = undefined;
  }

  /** Show an entry, or nothing. @param {Entry | null} entry */
  show(entry) {
    if (entry !== this.entry) {
      this.flights.forEach(({ controller }) => controller.abort());
      this.flights.clear();
      this.last = nothing();
      this.glance = null;
      this.stage.zoom = null;
    }
    this.entry = entry;
    this.paint();
    this.ask();
  }

  /** Show the browser's own picture until there is another. @param {ImageBitmap} bitmap */
  glimpse(bitmap) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    this.glance = canvas;
    this.paint();
  }

  /** Settings of the current entry have changed. @param {Dragged} dragged */
  changed(dragged) {
    this.dragged = dragged;
    this.paint();
    this.cancel();
    this.ask();
  }

  /** Give up what takes long and is not wanted any more; a late draft is better than none. */
  cancel() {
    const wanted = new Set(this.wanted().map((one) => this.entry?.shots.key(one)));
    for (const [key, { controller, since, draft }] of this.flights) {
      if (draft && this.dragged) continue;
      if (!wanted.has(key) && performance.now() - since > PATIENCE) controller.abort();
    }
  }

  /** The stage has another zoom, place or size. */
  moved() {
    this.paint();
    clearTimeout(this.still);
    this.still = setTimeout(() => {
      this.cancel();
      this.ask();
    }, STILL);
  }

  /** Long side in pixels of a preview of the whole photo. */
  get size() {
    const { clientWidth: width, clientHeight: height } = this.stage.root;
    const long = Math.max(width, height, 240) * devicePixelRatio;
    return Math.min(LARGEST, GRAIN * Math.ceil(long / GRAIN));
  }

  /** Whether the preview of the whole photo has fewer pixels than the screen shows. */
  get zoomed() {
    const photo = this.entry?.photo;
    if (!photo || !this.stage.root.clientWidth) return false;
    const long = Math.max(photo.width, photo.height);
    const shown = Math.min(1, this.stage.scale() * devicePixelRatio) * long;
    return this.stage.enlarged() && shown > Math.min(this.size, long) + 1;
  }

  /** The part of the photo that is seen, and the size that it is seen in. @returns {Wanted["view"]} */
  part() {
    const photo = /** @type {import("./types.js").Photo} */ (this.entry?.photo);
    const [x, y, width, height] = this.stage.seen();
    const [left, top] = [Math.floor(x - MARGIN * width), Math.floor(y - MARGIN * height)];
    const region = { x: Math.max(0, left), y: Math.max(0, top), width: 0, height: 0 };
    region.width = Math.min(photo.width, Math.ceil(x + (1 + MARGIN) * width)) - region.x;
    region.height = Math.min(photo.height, Math.ceil(y + (1 + MARGIN) * height)) - region.y;
    const scale = Math.min(1, this.stage.scale() * devicePixelRatio);
    const size = Math.ceil(scale * Math.max(region.width, region.height));
    return { region, size: Math.max(64, Math.min(LARGEST, size)) };
  }

  /** What is wanted now, the most urgent first. @returns {(Wanted & {role: Role})[]} */
  wanted() {
    if (!this.entry) return [];
    const { settings } = this.entry;
    const view = { size: this.size };
    const before = { settings: untouched(settings), view, role: BEFORE };
    const whole = { settings, view, role: AFTER };
    if (this.dragged) return [before, ...this.drafts(settings, view)];
    if (!this.zoomed) return [whole, before, ...this.anchors(settings, view)];
    const part = this.part();
    return [before, { ...whole, view: part }, { ...before, view: part }, whole,
      ...this.anchors(settings, part)];
  }

  /**
   * What is wanted while something is dragged.
   *
   * @param {Settings} settings
   * @param {Wanted["view"]} view
   */
  drafts(settings, view) {
    const seen = this.zoomed ? this.part() : view;
    if (this.dragged === "strength") return this.anchors(settings, seen);
    const { region, size } = seen;
    const coarse = Math.max(64, Math.ceil(size / COARSER[this.coarse]));
    return [{ settings, view: { size: coarse, ...(region ? { region } : {}) }, role: AFTER }];
  }

  /** Drafts get coarser where they come late, and finer again. @param {number} took milliseconds */
  adapt(took) {
    if (took > LATE) this.coarse = Math.min(this.coarse + 1, COARSER.length - 1);
    else if (took < EARLY) this.coarse = Math.max(this.coarse - 1, 0);
  }

  /**
   * The pictures between which all strengths lie.
   *
   * @param {Settings} settings
   * @param {Wanted["view"]} view
   */
  anchors(settings, view) {
    const most = (settings.strength ?? 1) > 1 ? [MOST_STRENGTH] : [];
    const bare = at(untouched(settings), 0);
    const neutral = JSON.stringify(at({ ...settings, denoise_amount: 1 }, 0)) === JSON.stringify(bare);
    const none = neutral ? bare : at(settings, 0);
    return [none, at(settings, 1), ...most.map((strength) => at(settings, strength))]
      .map((one) => ({ settings: one, view, role: ANCHOR }));
  }

  /** Ask for the most urgent pictures that are missing. */
  ask() {
    const { entry } = this;
    if (!entry || entry.error || !this.stage.root.clientWidth) return;
    for (const wanted of this.wanted()) {
      if (this.flights.size >= AT_ONCE) return;
      const key = entry.shots.key(wanted);
      if (!this.flights.has(key) && !entry.shots.find(wanted)) this.fly(entry, wanted, key);
    }
  }

  /**
   * Fetch one picture, show it, and ask for what is missing then.
   *
   * @param {Entry} entry
   * @param {Wanted & {role: Role}} wanted
   * @param {string} key
   */
  async fly(entry, wanted, key) {
    const controller = new AbortController();
    const draft = Boolean(this.dragged) && wanted.role === AFTER;
    const flight = { controller, since: performance.now(), draft };
    this.flights.set(key, flight);
    try {
      const photo = await open(this.engine, entry);
      const shot = await entry.shots.fetch(this.engine, photo, wanted, controller.signal);
      if (entry === this.entry) this.keep(wanted, shot);
      if (draft) this.adapt(performance.now() - flight.since);
    } catch (error) {
      if (!controller.signal.aborted) entry.error = /** @type {any} */ (error);
    }
    if (this.flights.get(key) === flight) this.flights.delete(key);
    this.told(entry);
    if (entry !== this.entry) return;
    this.paint();
    this.ask();
  }

  /**
   * Keep a picture for as long as a better one is awaited.
   *
   * @param {Wanted & {role: Role}} wanted
   * @param {Shot} shot
   */
  keep({ view, role }, shot) {
    if (role === ANCHOR) return;
    if (view.region) this.last[role].part = { element: shot.canvas, box: boxOf(view.region) };
    else this.last[role].whole = shot.canvas;
  }

  /** Whether what is asked for is on its way. */
  get waiting() {
    if (!this.entry || this.entry.error) return false;
    return !this.entry.shots.find({ settings: this.entry.settings, view: { size: this.size } });
  }

  /** Draw all anew with the next frame. */
  paint() {
    this.painting ||= requestAnimationFrame(() => {
      this.painting = 0;
      this.draw();
    });
  }

  draw() {
    const { entry, stage } = this;
    if (!entry) return;
    const view = { size: this.size };
    const known = entry.shots.find({ settings: untouched(entry.settings), view })?.canvas;
    const before = known ?? this.last.before.whole ?? this.glance;
    stage.root.classList.toggle("waiting", this.waiting);
    stage.root.classList.toggle("bare", !before);
    stage.root.classList.toggle("failed", Boolean(entry.error));
    if (!before) return;
    /** @type {[number, number]} */
    const size = entry.photo ? [entry.photo.width, entry.photo.height] : [before.width, before.height];
    const left = [layer(before, size), ...this.partOf(untouched(entry.settings), BEFORE)];
    const right = this.after(entry, size) ?? [{ ...layer(before, size), draft: true }];
    const taken = new Set(left.map(({ element }) => element));
    stage.show([
      { name: "Before", layers: left },
      { name: "After", layers: right.map((one) => (taken.has(one.element) ? copied(one) : one)) },
    ], size);
    this.drawn();
  }

  /**
   * The layers of the result: as it is, or as near as there is anything.
   *
   * @param {Entry} entry
   * @param {[number, number]} size
   * @returns {Layer[] | null}
   */
  after(entry, size) {
    const blend = this.dragged === "strength" ? this.blend(entry, size) : null;
    if (blend) return blend;
    const whole = entry.shots.find({ settings: entry.settings, view: { size: this.size } })?.canvas;
    const shown = whole ?? this.last.after.whole;
    if (whole) this.last.after.whole = whole;
    if (!shown) return null;
    return [{ ...layer(shown, size), draft: shown !== whole || this.zoomed },
      ...this.partOf(entry.settings, AFTER)];
  }

  /**
   * The picture of the part that is seen, where it is needed; until it is there, the last one.
   *
   * @param {Settings} settings
   * @param {"before" | "after"} role
   * @returns {Layer[]}
   */
  partOf(settings, role) {
    if (!this.zoomed || !this.entry) return [];
    const view = this.part();
    const shot = this.entry.shots.find({ settings, view });
    if (shot && view.region) return [{ element: shot.canvas, box: boxOf(view.region) }];
    const { part } = this.last[role];
    return part ? [{ ...part, draft: true }] : [];
  }

  /**
   * Strength as opacity: out = x + s (f(x) - x) is what a browser does to a picture over another;
   * beyond full strength, between the pictures at 1 and 1.5.
   *
   * @param {Entry} entry
   * @param {[number, number]} size
   * @returns {Layer[] | null}
   */
  blend(entry, size) {
    const strength = entry.settings.strength ?? 1;
    const view = this.zoomed ? this.part() : { size: this.size };
    const [none, full, more] = this.anchors(entry.settings, view).map((one) => entry.shots.find(one));
    if (!none || !full) return null;
    const box = view.region ? boxOf(view.region) : layer(none.canvas, size).box;
    /** @type {Layer[]} */
    const layers = [{ element: none.canvas, box, draft: true },
      { element: full.canvas, box, draft: true, opacity: Math.min(1, strength) }];
    if (more && strength > 1) {
      const opacity = (strength - 1) / (MOST_STRENGTH - 1);
      layers.push({ element: more.canvas, box, draft: true, opacity });
    }
    return layers;
  }
}

/** @returns {{before: Seen, after: Seen}} What was shown last: nothing yet. */
const nothing = () => ({ before: { whole: null, part: null }, after: { whole: null, part: null } });
