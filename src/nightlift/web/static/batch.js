// Saving: one photo, or many into a folder or a ZIP file, with what is finished kept whatever happens.

import { distinct, zipped } from "./archive.js";
import { usable } from "./photos.js";

/** @typedef {import("./photos.js").Entry} Entry */
/** @typedef {import("./types.js").Engine} Engine */
/** @typedef {import("./types.js").EngineError} EngineError */
/** @typedef {import("./types.js").Saving} Saving */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {{name: string, blob: Blob}} Made */
/** @typedef {(made: Made) => Promise<void>} Keep */
/** @typedef {{entry: Entry, settings: Settings}} Task */
/** @typedef {{name: string, sentence: string, again: boolean}} Problem */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Batch {
  /**
   * @param {Engine} engine
   * @param {(sentence: string, bad?: boolean) => void} say
   * @param {() => void} told  Called after each photo.
   */
  constructor(engine, say, told) {
    this.engine = engine;
    this.say = say;
    this.told = told;
    this.busy = false;
    this.left = 0; // photos that are not made yet
    this.running = new AbortController();
  }

  cancel() {
    this.running.abort();
  }

  /**
   * Save photos as they are set now; what is known to be no photo is told, and not tried.
   *
   * @param {Entry[]} wanted
   * @param {Saving} saving
   * @param {boolean} together  Whether into one place, even if it is only one.
   */
  async save(wanted, saving, together) {
    if (this.busy) return;
    /** @type {Made[]} */
    const files = [];
    const tasks = wanted.filter(usable).map((entry) => ({ entry, settings: entry.settings }));
    const dead = wanted.filter((entry) => !usable(entry)).map(unusable);
    const folder = together && tasks.length ? await askForFolder() : null;
    if (folder === "no") return;
    const keep = folder ? into(folder) : async (/** @type {Made} */ made) => void files.push(made);
    this.running = new AbortController();
    this.show(true);
    const failed = await this.each(tasks, saving, keep);
    const stopped = this.running.signal.aborted;
    if (files.length) await hand(files, together);
    this.show(false);
    const done = tasks.length - failed.length - (stopped ? this.left : 0);
    const problems = [...failed, ...dead];
    this.say(report(done, files, folder, problems, stopped), Boolean(problems.length));
  }

  /**
   * Make every photo; those that failed are told, and the others made all the same.
   *
   * @param {Task[]} tasks
   * @param {Saving} saving
   * @param {Keep} keep
   */
  async each(tasks, saving, keep) {
    /** @type {Problem[]} */
    const problems = [];
    const names = new Set();
    for (const [index, task] of tasks.entries()) {
      this.left = tasks.length - index;
      this.progress(index, tasks.length, task.entry.name);
      try {
        await this.one(task, saving, names, keep);
      } catch (error) {
        if (this.running.signal.aborted) break;
        problems.push(problemOf(task.entry, /** @type {EngineError} */ (error)));
        this.told();
      }
    }
    return problems;
  }

  /**
   * @param {Task} task
   * @param {Saving} saving
   * @param {Set<string>} names
   * @param {Keep} keep
   */
  async one({ entry, settings }, saving, names, keep) {
    const { signal } = this.running;
    const photo = entry.photo ?? await this.engine.open(entry.file, signal).catch((error) => {
      if (error.blame === "file") entry.error = error;
      throw error;
    });
    const { blob, extension } = await this.engine.download(photo, settings, saving, signal);
    signal.throwIfAborted();
    const name = distinct(`${entry.name.replace(/\.[^./]*$/, "")}-lifted${extension}`, names);
    await keep({ name, blob });
    entry.saved = settings;
    this.told();
  }

  /** @param {boolean} busy */
  show(busy) {
    this.busy = busy;
    const focused = busy || $("progress").contains(document.activeElement);
    $("progress").hidden = !busy;
    for (const id of ["save", "save-all"]) /** @type {HTMLButtonElement} */ ($(id)).disabled = busy;
    if (focused) $(busy ? "cancel" : "save").focus();
  }

  /**
   * @param {number} done
   * @param {number} total
   * @param {string} name
   */
  progress(done, total, name) {
    /** @type {HTMLProgressElement} */ ($("progress").querySelector("progress")).value = done / total;
    $("progress-text").textContent = total > 1 ? `Photo ${done + 1} of ${total}: ${name}` : `Saving ${name} …`;
    if (total > 1 && done % 5 === 0) $("live").textContent = `Photo ${done + 1} of ${total}`;
  }
}

/** @param {Entry} entry @param {EngineError} error @returns {Problem} */
const problemOf = ({ name }, { message, blame }) => ({ name, sentence: message, again: blame !== "file" });

/** @param {Entry} entry */
const unusable = (entry) => problemOf(entry, /** @type {EngineError} */ (entry.error));

/**
 * What became of it, in a sentence or two.
 *
 * @param {number} done
 * @param {Made[]} files
 * @param {FileSystemDirectoryHandle | null} folder
 * @param {Problem[]} problems
 * @param {boolean} stopped
 */
function report(done, files, folder, problems, stopped) {
  const one = files.length === 1 && done === 1 ? `${files[0].name.replace(/^.*\//, "")} is saved.` : "";
  const place = folder ? `the folder ${folder.name}` : "nightlift.zip";
  const many = done ? `${done} ${done === 1 ? "photo is" : "photos are"} in ${place}.` : "Nothing was saved.";
  const why = reasons(problems).slice(0, 3).join(" ");
  const again = problems.some((problem) => problem.again) ? ", and can be tried again" : "";
  const failed = problems.length ? `${problems.length} could not be saved${again}. ${why}` : "";
  return [stopped ? "Canceled." : "", one || many, failed].filter(Boolean).join(" ");
}

/**
 * Each sentence once, behind the names of whom it is about.
 *
 * @param {Problem[]} problems
 */
function reasons(problems) {
  const sentences = [...new Set(problems.map(({ sentence }) => sentence))];
  return sentences.map((one) => {
    const names = problems.filter(({ sentence }) => sentence === one).map(({ name }) => name);
    const more = names.length > 3 ? [`${names.length - 2} more`] : [];
    return `${[...names.slice(0, more.length ? 2 : 3), ...more].join(", ")}: ${one}`;
  });
}

/** A folder to write to, null where the browser knows none, "no" where the user wants none. */
async function askForFolder() {
  const ask = /** @type {any} */ (window).showDirectoryPicker;
  if (!ask) return null;
  try {
    return /** @type {FileSystemDirectoryHandle} */ (await ask.call(window, { mode: "readwrite", id: "nightlift" }));
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") return "no";
    return null;
  }
}

/**
 * Write each file as it comes; one that is there already is not replaced.
 *
 * @param {FileSystemDirectoryHandle} folder
 * @returns {Keep}
 */
function into(folder) {
  return async ({ name, blob }) => {
    const parts = name.split("/");
    const last = /** @type {string} */ (parts.pop());
    let place = folder;
    for (const part of parts) place = await place.getDirectoryHandle(part, { create: true });
    const taken = new Set();
    for await (const there of /** @type {any} */ (place).keys()) taken.add(there.toLowerCase());
    const file = await place.getFileHandle(distinct(last, taken), { create: true });
    const stream = await file.createWritable();
    await stream.write(blob);
    await stream.close();
  };
}

/**
 * Hand files to the browser's downloads: one as it is, several as a ZIP.
 *
 * @param {Made[]} files
 * @param {boolean} together
 */
async function hand(files, together) {
  const one = !together || files.length === 1;
  const blob = one ? files[0].blob : await zipped(files);
  const name = one ? files[0].name.replace(/^.*\//, "") : "nightlift.zip";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
