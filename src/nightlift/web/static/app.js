// The page: photos come in, settings change, results go out.

import { Batch } from "./batch.js";
import { listenToButtons } from "./buttons.js";
import { Connection } from "./connection.js";
import { Display } from "./display.js";
import { connect } from "./engine.js";
import { EngineError } from "./types.js";
import { listenToFiles } from "./files.js";
import { Film } from "./film.js";
import { Grid } from "./grid.js";
import { History } from "./history.js";
import { listenToKeys } from "./keys.js";
import { allow, announce, complain, introduce, noticesOf, say } from "./messages.js";
import { Panel } from "./panel.js";
import { commit, entryOf, glance, thumbOf, usable } from "./photos.js";
import { Stage } from "./stage.js";
import { first } from "./settings.js";
import { arrange, tellZoom } from "./views.js";

/** @typedef {import("./photos.js").Entry} Entry */
/** @typedef {import("./types.js").Offer} Offer */
/** @typedef {import("./types.js").Settings} Settings */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Photos whose pictures stay in memory. */
const KEPT = 4;
/** Milliseconds before the browser's own look at a photo is shown instead of nothing. */
const PATIENCE = 500;

class App {
  constructor() {
    this.engine = connect();
    /** @type {Offer | null} */
    this.offer = null;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Entry | null} */
    this.current = null;
    /** @type {Entry[]} The photos that were looked at, the last one last. */
    this.looked = [];
    /** @type {{file: File, name: string}[]} Files that came before the engine answered. */
    this.early = [];
    this.comparing = false;
    /** @type {string | null} What was said of the current photo as it is set now. */
    this.told = null;
    this.connection = new Connection(this.engine, () => this.found());
    this.stage = new Stage($("stage"), (what) => this.staged(what));
    this.display = new Display(this.engine, this.stage, (entry) => this.arrived(entry),
      () => tellZoom(this.stage));
    this.history = new History(() => this.tellHistory());
    this.panel = new Panel((change, over, dragged) => this.set(change, over, dragged));
    this.film = new Film($("film"), (entry) => this.select(entry), (entry) => this.remove(entry));
    this.grid = new Grid($("grid"), this.engine, (name) => this.choose(name));
    this.batch = new Batch(this.engine, say, () => this.saved());
    listenToFiles((files) => this.add(files));
    listenToKeys(this);
    listenToButtons(this);
    arrange(this, "slide");
    this.stage.free = true;
  }

  async start() {
    this.offer = await this.connection.first();
    this.panel.fill(this.offer);
    $("privacy").textContent = this.offer.privacy;
    document.body.dataset.ready = "";
    this.add(this.early.splice(0));
  }

  // ---------------------------------------------------------------------------- photos

  /** @param {{file: File, name: string}[]} files */
  add(files) {
    if (!files.length) return;
    const { offer } = this;
    if (!offer) {
      this.early.push(...files);
      return void say("These photos are opened as soon as nightlift answers.");
    }
    const added = files.map(({ file, name }) => entryOf(file, name, first(offer)));
    for (const entry of added) {
      if (entry.file.size > offer.limits.bytes) {
        const most = offer.limits.bytes >> 20;
        entry.error = new EngineError(`This file is larger than the ${most} MiB that are taken.`, "file");
      }
    }
    this.entries.push(...added);
    document.body.dataset.view = "work";
    this.select(added[0]);
    this.listed();
    announce(added.length === 1 ? `${added[0].name} was added` : `${added.length} photos were added`);
    this.fillFilm(added);
  }

  /**
   * Thumbnails one after the other, so that a hundred photos do not choke the page.
   *
   * @param {Entry[]} added
   */
  async fillFilm(added) {
    if (this.entries.length < 2) return;
    for (const entry of added) {
      const bitmap = entry.thumb ? null : await glance(entry.file, 184);
      if (bitmap) entry.thumb ??= thumbOf(bitmap);
      this.film.update(entry);
    }
  }

  /** @param {Entry | null} entry */
  async select(entry) {
    this.current = entry;
    this.told = null;
    this.panel.show(entry);
    this.display.show(entry);
    if (this.comparing) this.showGrid();
    this.film.mark(entry);
    this.tell();
    if (!entry) return;
    this.looked = [...this.looked.filter((one) => one !== entry), entry];
    this.looked.slice(0, -KEPT).forEach(({ shots }) => shots.forget());
    // Decoding here too would hold up an engine on the same machine: only if it takes its time.
    await pause(PATIENCE);
    if (entry.photo || entry.error || this.current !== entry) return;
    const bitmap = await glance(entry.file, 1200);
    if (bitmap && this.current === entry) this.display.glimpse(bitmap);
  }

  /** @param {number} by */
  next(by) {
    const at = this.entries.findIndex((entry) => entry === this.current) + by;
    if (at >= 0 && at < this.entries.length) this.select(this.entries[at]);
  }

  /** Take a photo off the page; it can be undone. @param {Entry} entry */
  remove(entry) {
    const at = this.entries.indexOf(entry);
    if (at < 0) return;
    const remove = () => {
      this.entries.splice(this.entries.indexOf(entry), 1);
      this.engine.close(entry.photo ?? /** @type {any} */ ({ file: entry.file }));
      this.listed();
      if (this.current === entry) this.select(this.entries[Math.min(at, this.entries.length - 1)] ?? null);
      if (this.current && !this.film.focus(this.current)) this.stage.root.focus();
    };
    const restore = () => {
      this.entries.splice(at, 0, entry);
      this.listed();
      this.select(entry);
    };
    remove();
    this.history.add(restore, remove);
    say(`${entry.name} was taken off the page. Undo brings it back.`);
  }

  /** The list of photos has changed. */
  listed() {
    document.body.dataset.view = this.entries.length ? "work" : "welcome";
    this.film.list(this.entries);
    this.film.mark(this.current);
    this.count();
    if (!this.entries.length) /** @type {HTMLElement} */ (document.querySelector("#welcome .files")).focus();
  }

  /** How many photos there are to be saved together. */
  count() {
    const many = this.entries.filter(usable).length;
    const buttons = [$("save-all"), $("spread")];
    if (many < 2 && buttons.some((button) => button === document.activeElement)) $("save").focus();
    for (const button of buttons) button.hidden = many < 2;
    $("save-all").textContent = `Save all ${many}`;
  }

  // ---------------------------------------------------------------------------- settings

  /**
   * Change settings of the current photo.
   *
   * @param {Partial<Settings>} change
   * @param {boolean} over  Whether the movement is over, so that it can be undone as one.
   * @param {import("./display.js").Dragged} dragged
   */
  set(change, over, dragged) {
    const entry = this.current;
    if (!entry) return;
    entry.settings = { ...entry.settings, ...change };
    if (over) this.commit([entry]);
    this.shown(over ? null : dragged);
  }

  /** What is set is settled, and can be undone. @param {Entry[]} entries */
  commit(entries) {
    commit(this.history, entries, (changed) => {
      if (!changed.some((entry) => entry === this.current)) this.select(changed[0]);
      this.panel.show(this.current);
      this.shown(null);
    });
  }

  /** @param {import("./display.js").Dragged} dragged */
  shown(dragged) {
    this.told = null;
    this.display.changed(dragged);
    if (this.comparing && !dragged) this.showGrid();
    this.panel.tell(this.current);
    this.tell();
  }

  reset() {
    const { current, offer } = this;
    if (!current || !offer) return;
    current.settings = first(offer);
    this.commit([current]);
    this.panel.show(current);
    this.shown(null);
    say("All settings of this photo are as they were at first.");
  }

  /** Give every photo the settings of the current one. */
  spread() {
    const { current } = this;
    if (!current) return;
    for (const entry of this.entries) entry.settings = { ...current.settings };
    this.commit(this.entries);
    say(`All ${this.entries.length} photos have these settings now. Undo takes it back.`);
  }

  /** Choose a method in the view of all of them. @param {string} name */
  choose(name) {
    this.compare(false);
    this.set({ method: name }, true, null);
    this.panel.show(this.current);
    this.stage.root.focus();
  }

  // ---------------------------------------------------------------------------- showing

  /** @param {"zoom" | "divider" | "place"} what */
  staged(what) {
    if (what === "divider") return;
    this.display.moved();
    if (what === "zoom") announce(`Zoom ${tellZoom(this.stage)}`);
  }

  /** @param {boolean} wanted */
  compare(wanted) {
    this.comparing = wanted;
    $("all").setAttribute("aria-pressed", String(wanted));
    $("grid").hidden = !wanted;
    $("stage").hidden = wanted;
    if (wanted) return this.showGrid();
    this.grid.stop();
    return this.display.moved();
  }

  showGrid() {
    if (this.current && this.offer) this.grid.show(this.current, this.offer.methods);
  }

  /** Something of an entry arrived, or failed to. @param {Entry} entry */
  arrived(entry) {
    if (entry.error?.blame === "network") this.connection.watch();
    const seen = entry === this.current ? this.display.last.before.whole : null;
    if (!entry.thumb && seen) entry.thumb = thumbOf(seen);
    this.film.update(entry);
    if (entry.error) this.count();
    if (entry !== this.current) return;
    this.panel.tell(entry);
    this.tell();
  }

  /** Say what is to be said of the current photo. */
  tell() {
    const entry = this.current;
    introduce(entry);
    allow(entry);
    if (!entry) return void say("");
    if (entry.error) {
      this.told = null;
      return void complain(entry, entry.error);
    }
    const shot = entry.shots.find({ settings: entry.settings, view: { size: this.display.size } });
    if (!shot) return;
    const text = noticesOf(entry, shot.notices);
    // Once: what was said since, such as that it is saved, stays until somebody does something.
    if (text !== this.told) say(text === entry.dismissed ? "" : text);
    this.told = text;
    if (!entry.ready && !shot.notices.length) announce(`${entry.name} is ready`);
    entry.ready = true;
  }

  tellHistory() {
    // A button that is disabled in earnest would lose the focus.
    $("undo").setAttribute("aria-disabled", String(!this.history.done.length));
    $("redo").setAttribute("aria-disabled", String(!this.history.undone.length));
  }

  // ---------------------------------------------------------------------------- going wrong

  again() {
    this.stage.root.focus();
    this.found();
  }

  /** What is said of the photo was read. */
  dismiss() {
    if (this.current) this.current.dismissed = $("message").firstElementChild?.textContent ?? "";
    say("");
    this.stage.root.focus();
  }

  /** The engine answers again. */
  found() {
    for (const entry of this.entries) if (entry.error && entry.error.blame !== "file") entry.error = null;
    this.entries.forEach((entry) => this.film.update(entry));
    this.display.ask();
    this.tell();
  }

  // ---------------------------------------------------------------------------- saving

  async save() {
    if (this.current && usable(this.current)) await this.batch.save([this.current], this.panel.saving(), false);
  }

  async saveAll() {
    await this.batch.save(this.entries, this.panel.saving(), true);
  }

  saved() {
    this.entries.forEach((entry) => this.film.update(entry));
    this.count();
  }
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const app = new App();
Object.assign(window, { app });
app.start();

export { App };
