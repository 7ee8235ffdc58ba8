// What every page of ours begins with.

import { turnTheme } from "./elements.js";
import { Judge } from "./judge.js";
import { Times } from "./times.js";
import { Viewer } from "./viewer.js";

function begin() {
  document.querySelector("[data-theme-button]")?.addEventListener("click", turnTheme);
  const data = JSON.parse(document.getElementById("data")?.textContent ?? "null");
  const root = document.getElementById("viewer");
  if (root) Object.assign(window, { viewer: new Viewer(root, data.viewer) });
  const times = document.getElementById("times");
  if (times) new Times(times, data.times);
  const judging = document.getElementById("judging");
  if (judging) new Judge(judging, data.judging);
}

begin();
