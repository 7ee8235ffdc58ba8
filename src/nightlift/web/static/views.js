// How before and after are seen: with a divider, side by side, before alone, clipped pixels marked.

import { announce } from "./messages.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./stage.js").Stage} Stage */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Mark clipped pixels, or mark them no more. @param {Stage} stage */
export function clip(stage) {
  stage.clipping = !stage.clipping;
  $("clipping").setAttribute("aria-pressed", String(stage.clipping));
  stage.draw();
}

/**
 * Show the photo before alone, or both again.
 *
 * @param {Stage} stage
 * @param {boolean} [wanted]  Without it: the other way.
 */
export function hold({ root }, wanted = !root.classList.contains("held")) {
  if (root.classList.contains("held") === wanted) return;
  root.classList.toggle("held", wanted);
  $("hold").setAttribute("aria-pressed", String(wanted));
  announce(wanted ? "Before" : "After");
}

/**
 * @param {App} app
 * @param {"slide" | "grid"} mode
 */
export function arrange(app, mode) {
  const { stage } = app;
  app.compare(false);
  hold(stage, false);
  stage.mode = mode;
  for (const button of document.querySelectorAll(".bar [data-mode]")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.mode === mode));
  }
  stage.draw();
  app.display.moved();
}

/** Say how large the photo is shown. @param {Stage} stage */
export function tellZoom(stage) {
  const percent = `${stage.percent()} %`;
  const text = stage.zoom === null ? `Fit · ${percent}` : percent;
  const button = /** @type {HTMLElement} */ (document.querySelector(".bar .zoom"));
  if (button.textContent !== text) button.textContent = text;
  return text;
}
