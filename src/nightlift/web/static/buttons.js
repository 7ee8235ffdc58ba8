// What the buttons around the photo do, and what leaving the page does.

import { turnTheme } from "./elements.js";
import { unsaved } from "./photos.js";
import { arrange, clip, hold } from "./views.js";

/** @typedef {import("./app.js").App} App */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {App} app */
export function listenToButtons(app) {
  const { stage } = app;
  const clicks = {
    undo: () => app.history.undo(), redo: () => app.history.redo(), theme: turnTheme,
    keys: () => /** @type {HTMLDialogElement} */ ($("help")).showModal(),
    reset: () => app.reset(), spread: () => app.spread(), save: () => app.save(),
    "save-all": () => app.saveAll(), cancel: () => app.batch.cancel(),
    all: () => app.compare(!app.comparing), clipping: () => clip(stage),
    hold: () => hold(stage), again: () => app.again(),
    dismiss: () => app.dismiss(), discard: () => app.current && app.remove(app.current),
  };
  for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
  document.querySelector(".bar")?.addEventListener("click", (event) => {
    const { mode, zoom } = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset ?? {};
    if (mode) arrange(app, /** @type {"slide" | "grid"} */ (mode));
    if (zoom === "toggle") stage.toggle();
    else if (zoom) stage.step(zoom === "in" ? 1 : -1);
  });
  addEventListener("pagehide", () => app.entries.forEach(({ photo }) => photo && app.engine.close(photo)));
  addEventListener("beforeunload", (event) => {
    if (app.batch.busy || app.entries.some(unsaved)) event.preventDefault();
  });
}
