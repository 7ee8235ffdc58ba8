// The page: photos come in, settings change, results go out.

import * as api from "./api.js";
import { distinct, zipped } from "./archive.js";
import { forget, glance, load, photoOf, thumbOf } from "./photos.js";
import * as view from "./view.js";

const $ = (id) => document.getElementById(id);
const EXTENSIONS = { "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif",
  "image/webp": ".webp", "image/avif": ".avif", "image/bmp": ".bmp" };

const PATIENCE = 700; // milliseconds

const photos = [];
let [current, offered, limits] = [null, [], null];
let [comparing, due, request] = [false, null, new AbortController()];

const method = () => document.querySelector("#methods input:checked")?.value;

/** How much of the method the photo needs, once the server has said it. */
const suggested = () => current?.stage?.suggested.get(method());

/** The current strength as a factor: the photo's own need, or where the slider stands. */
function strength() {
  return $("auto").checked ? suggested() ?? 1 : $("strength").valueAsNumber / 100;
}

// ------------------------------------------------------------------------------ showing

/** Show everything anew in the next frame; `since` is when the change was asked for. */
function show(since = null) {
  if (due) return void (due.since ??= since);
  due = { since };
  requestAnimationFrame(() => {
    const asked = due.since;
    due = null;
    paint();
    if (asked !== null) performance.measure("strength", { start: asked, end: performance.now() });
  });
}

function paint() {
  if (!current) return;
  const factor = strength();
  if ($("auto").checked) $("strength").value = Math.round(100 * factor);
  const percent = `${Math.round(100 * factor)} %`;
  $("percent").textContent = percent;
  $("strength").setAttribute("aria-valuetext", percent);
  if (comparing) view.showGrid(current.cells, method(), factor);
  else view.showStage(current, method(), factor);
  tell();
}

function tell() {
  const { info, error, name } = current;
  const failed = current.stage.errors.get(method());
  $("facts").textContent = info
    ? `${name} · ${info.width} × ${info.height} · ${info.format.toUpperCase()}` : name;
  if (error || failed) view.say(error || failed, true);
  else if (info && $("auto").checked && suggested() < 0.05)
    view.say("This photo is well lit already, so Auto leaves it alone.");
  else view.say(info?.notices.join(" · ") ?? "Brightening…");
}

function showFilm() {
  view.showFilm(photos, current, select, remove);
  $("zip").hidden = photos.length < 2;
}

// ------------------------------------------------------------------------------ photos

function add(files) {
  const added = [...files].map(photoOf);
  if (!added.length) return;
  for (const photo of added) {
    if (limits && photo.file.size > limits.bytes)
      photo.error = `This file is larger than the ${limits.bytes >> 20} MiB that are taken.`;
  }
  photos.push(...added);
  $("welcome").hidden = true;
  $("work").hidden = $("add").hidden = false;
  select(added[0]);
  fillFilm(added);
}

/** Thumbnails one after the other, so that a hundred photos do not choke the page. */
async function fillFilm(added) {
  for (const photo of added.length > 1 || photos.length > 1 ? added : []) {
    const bitmap = photo.thumb ? null : await glance(photo, 184);
    if (bitmap) photo.thumb ??= thumbOf(bitmap);
  }
  showFilm();
}

async function select(photo) {
  current = photo;
  showFilm();
  fetchPreviews();
  // Decoding here too would hold up the server on the same machine: only if it takes its time.
  await new Promise((done) => setTimeout(done, PATIENCE));
  if (photo.stage.before || photo.error || current !== photo) return;
  const bitmap = await glance(photo, 1000);
  if (bitmap && current === photo && !photo.stage.before) view.showGlance(bitmap);
}

function remove(index) {
  const [gone] = photos.splice(index, 1);
  if (gone === current) select(photos[Math.min(index, photos.length - 1)]);
  else showFilm();
}

/** Ask for what the view needs of the current photo; what was asked for before is dropped. */
async function fetchPreviews() {
  show();
  const photo = current;
  if (photo.error && !photo.info) return;
  request.abort();
  request = new AbortController();
  const names = comparing ? offered.map(({ name }) => name) : [method()];
  const previews = comparing ? photo.cells : photo.stage;
  await load(photo, previews, names, request.signal, show);
  forget(photos.filter((other) => other !== current));
  show();
  if (photo.error) showFilm();
}

function compare(wanted) {
  comparing = wanted;
  $("grid").hidden = !wanted;
  $("stage").hidden = wanted;
  $("all").setAttribute("aria-pressed", wanted);
  $("one").setAttribute("aria-pressed", !wanted);
  if (current) fetchPreviews();
}

// ------------------------------------------------------------------------------ saving

function settings() {
  const auto = $("auto").checked;
  return { method: method(), format: $("format").value, quality: $("quality").value,
    strip: $("place").checked ? "gps" : "none",
    denoise: $("denoise").checked ? "auto" : "off",
    ...(auto ? { auto } : { strength: strength() }) };
}

function nameOf(photo, blob) {
  return photo.name.replace(/\.[^.]*$/, "") + "-lifted" + (EXTENSIONS[blob.type] ?? "");
}

function hand(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function saving(button, work) {
  button.disabled = true;
  try {
    view.say(await work());
  } catch (error) {
    view.say(error instanceof TypeError ? "The server cannot be reached." : error.message, true);
  } finally {
    button.disabled = false;
  }
}

async function saveOne() {
  const photo = current;
  view.say("Working at full resolution…");
  const blob = await api.enhanced(photo.file, settings());
  const name = nameOf(photo, blob);
  hand(blob, name);
  return `${name} is downloaded.`;
}

async function saveAll() {
  const asked = settings();
  const [wanted, files, failed] = [[...photos], [], []];
  for (const [index, photo] of wanted.entries()) {
    view.say(`Photo ${index + 1} of ${wanted.length} at full resolution…`);
    try {
      const blob = await api.enhanced(photo.file, asked);
      files.push({ name: nameOf(photo, blob), blob });
    } catch (error) {
      if (error instanceof TypeError) throw error;
      failed.push(photo.name);
      photo.error = error.message;
    }
  }
  if (failed.length) showFilm();
  if (!files.length) throw new Error("None of these photos can be used.");
  const names = distinct(files.map(({ name }) => name));
  hand(await zipped(files.map(({ blob }, i) => ({ name: names[i], blob }))), "nightlift.zip");
  const rest = failed.length ? ` Left out: ${failed.join(", ")}.` : "";
  return `${files.length} photos are in nightlift.zip.${rest}`;
}

// ------------------------------------------------------------------------------ controls

function listMethods() {
  for (const { name, title, recommended } of offered) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "method", value: name, checked: recommended });
    const text = document.createElement("span");
    const small = document.createElement("small");
    small.textContent = recommended ? `${title} · recommended` : title;
    text.append(name, small);
    label.append(input, text);
    $("methods").append(label);
  }
  view.buildGrid(offered, (name) => {
    document.querySelector(`#methods input[value="${CSS.escape(name)}"]`).checked = true;
    show();
  });
}

function listenToControls() {
  $("divider").addEventListener("input", (event) => view.divide(event.target.valueAsNumber));
  $("strength").addEventListener("input", (event) => {
    $("auto").checked = false;
    show(event.timeStamp);
  });
  $("auto").addEventListener("change", () => show());
  $("methods").addEventListener("change", () => (comparing ? show() : fetchPreviews()));
  $("quality").addEventListener("input", () => {
    $("quality-value").textContent = $("quality").value;
  });
  $("one").addEventListener("click", () => compare(false));
  $("all").addEventListener("click", () => compare(true));
  $("save").addEventListener("click", (event) => saving(event.currentTarget, saveOne));
  $("zip").addEventListener("click", (event) => saving(event.currentTarget, saveAll));
  $("panel").addEventListener("submit", (event) => event.preventDefault());
  $("theme").addEventListener("click", () => dress(document.documentElement.dataset.theme === "dark"));
}

function dress(light) {
  document.documentElement.dataset.theme = light ? "light" : "dark";
  $("theme").setAttribute("aria-pressed", light);
  localStorage.setItem("theme", light ? "light" : "dark");
}

function listenToFiles() {
  for (const input of document.querySelectorAll(".files")) {
    input.addEventListener("change", () => {
      add(input.files);
      input.value = "";
    });
  }
  addEventListener("paste", (event) => add(event.clipboardData.files));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    $("over").hidden = !event.dataTransfer.types.includes("Files");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("over").hidden = true;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("over").hidden = true;
    add(event.dataTransfer.files);
  });
}

async function start() {
  dress(localStorage.getItem("theme") === "light");
  view.divide(50);
  listenToControls();
  try {
    ({ methods: offered, limits } = await api.methods());
  } catch {
    $("facts").textContent = "The server cannot be reached; is nightlift serve still running?";
    return;
  }
  listMethods();
  listenToFiles();
}

start();
