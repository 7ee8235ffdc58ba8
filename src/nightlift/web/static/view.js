// What is seen: the stage with its divider, the grid of all methods, the film of photos.

import { draw } from "./blend.js";

const $ = (id) => document.getElementById(id);
const frame = $("frame");

/** Put the divider at `percent` of the frame's width; what is left of it shows the photo before. */
export function divide(percent) {
  frame.style.setProperty("--at", `${percent}%`);
  $("divider").setAttribute("aria-valuetext", `${Math.round(percent)} % as it was`);
}

function shape(width, height) {
  frame.style.setProperty("--ratio", width / height);
  frame.style.setProperty("--natural", width);
}

/** Show a bitmap of the photo while its result is awaited. */
export function showGlance(bitmap) {
  const canvas = $("before");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  canvas.shows = null;
  shape(bitmap.width, bitmap.height);
}

/** Show a photo's previews on the stage, as far as they are there; nothing of another photo. */
export function showStage({ id, stage, error }, method, strength) {
  const { before } = stage;
  const after = stage.after.get(method);
  frame.classList.toggle("waiting", !after && !error && !stage.errors.has(method));
  if (frame.dataset.photo !== String(id)) {
    frame.dataset.photo = id;
    for (const canvas of [$("before"), $("after")]) {
      canvas.width = canvas.width; // empty
      canvas.shows = null;
    }
  }
  frame.classList.toggle("bad", Boolean(error) && !before);
  if (!before) return;
  shape(before.width, before.height);
  const canvas = $("before");
  if (canvas.shows !== before) {
    [canvas.width, canvas.height] = [before.width, before.height];
    canvas.getContext("2d").putImageData(before, 0, 0);
    canvas.shows = before;
  }
  draw($("after"), before, after ?? before, strength);
}

/** Build the grid's cells: the photo itself, then one button a method. */
export function buildGrid(methods, choose) {
  $("grid").replaceChildren(cell("figure", "As it was", null),
    ...methods.map(({ name }) => {
      const button = cell("button", name, name);
      button.type = "button";
      button.addEventListener("click", () => choose(name));
      return button;
    }));
}

function cell(kind, title, method) {
  const element = document.createElement(kind);
  element.className = "cell";
  element.dataset.method = method ?? "";
  const caption = document.createElement(kind === "figure" ? "figcaption" : "span");
  caption.textContent = title;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  element.append(canvas, caption);
  return element;
}

/** Show what is there of all methods, and which one is chosen. */
export function showGrid(previews, method, strength) {
  const { before, after, errors } = previews;
  for (const element of $("grid").children) {
    const name = element.dataset.method;
    if (name) element.setAttribute("aria-pressed", name === method);
    const error = errors.get(name);
    if (error) element.lastChild.textContent = `${name}: ${error}`;
    const canvas = element.firstChild;
    const result = name ? after.get(name) : before;
    if (before) canvas.style.setProperty("--ratio", before.width / before.height);
    if (result) draw(canvas, before, result, strength);
    else canvas.width = canvas.width; // empty
  }
}

/** Show the photos below the stage, the current one marked. */
export function showFilm(photos, current, choose, remove) {
  $("film").hidden = photos.length < 2;
  $("film").replaceChildren(...photos.map((photo, index) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = photo.error ? "thumb bad" : "thumb";
    button.setAttribute("aria-label", photo.error ? `${photo.name}: ${photo.error}` : photo.name);
    if (photo === current) button.setAttribute("aria-current", "true");
    button.append(photo.error ? "cannot be used" : photo.thumb ?? photo.name);
    button.addEventListener("click", () => choose(photo));
    const cross = document.createElement("button");
    cross.type = "button";
    cross.className = "remove";
    cross.textContent = "×";
    cross.setAttribute("aria-label", `Remove ${photo.name}`);
    cross.addEventListener("click", () => remove(index));
    item.append(button, cross);
    return item;
  }));
}

/** Say one sentence below the stage; a bad one is also shown as such. */
export function say(sentence, bad = false) {
  const message = $("message");
  message.classList.toggle("bad", bad);
  if (message.textContent !== sentence) message.textContent = sentence;
}
