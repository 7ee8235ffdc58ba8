// What the keyboard does, wherever nothing else wants the key.

import { turnTheme } from "./elements.js";
import { arrange, clip, hold } from "./views.js";

/** @typedef {import("./app.js").App} App */

/** @param {App} app */
export function listenToKeys(app) {
  addEventListener("keydown", (event) => {
    if (document.body.dataset.view !== "work" && event.key !== "?") return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest?.("dialog")) return;
    const acts = event.ctrlKey || event.metaKey ? withControl(app, event) : plain(app, event);
    const typing = target.matches?.("select") || (target.matches?.("input") && !acts?.always);
    if (!acts || (typing && !acts.always)) return;
    if (acts.act() !== false) event.preventDefault();
  });
}

/** @typedef {{act: () => unknown, always?: boolean}} Act  What a key does, and whether in fields too. */

/** @param {App} app @param {KeyboardEvent} event @returns {Act | null} */
function withControl(app, event) {
  const key = event.key.toLowerCase();
  if (key === "z") return { act: () => (event.shiftKey ? app.history.redo() : app.history.undo()), always: true };
  if (key === "y") return { act: () => app.history.redo(), always: true };
  if (key === "s") return { act: () => app.save(), always: true };
  return null;
}

/** @param {App} app @param {KeyboardEvent} event @returns {Act | null} */
function plain(app, event) {
  if (event.altKey) return null;
  const { stage } = app;
  /** @type {Record<string, () => unknown>} */
  const acts = {
    n: () => app.next(1),
    p: () => app.next(-1),
    s: () => arrange(app, "slide"),
    g: () => arrange(app, "grid"),
    b: () => hold(stage),
    z: () => stage.toggle(),
    0: () => stage.zoomTo(null),
    "+": () => stage.step(1),
    "=": () => stage.step(1),
    "-": () => stage.step(-1),
    c: () => clip(stage),
    a: () => app.compare(!app.comparing),
    t: turnTheme,
    "?": () => /** @type {HTMLDialogElement} */ (document.getElementById("help")).showModal(),
    Delete: () => app.current && app.remove(app.current),
  };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key in acts) return { act: acts[key] };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const arrow = arrows[/** @type {keyof typeof arrows} */ (key)];
  return arrow && document.activeElement === stage.root
    ? { act: () => go(app, arrow[0], arrow[1], event.shiftKey ? 10 : 1) } : null;
}

/**
 * An arrow on the stage moves the enlarged photo, or the divider.
 *
 * @param {App} app
 * @param {number} x
 * @param {number} y
 * @param {number} step
 */
function go({ stage }, x, y, step) {
  if (stage.enlarged()) return stage.pan(-x * 16 * step, -y * 16 * step);
  if (!x || stage.mode !== "slide") return false;
  return stage.divide(0, stage.dividers[0] + (x * step) / 100);
}
