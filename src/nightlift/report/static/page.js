// What every page of ours begins with.

function turnTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "dark" ? "light" : "dark";
}

function begin() {
  document.querySelector("[data-theme-button]")?.addEventListener("click", turnTheme);
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.getElementById("viewer");
  if (root) window.viewer = new Viewer(root, data.viewer);
  const times = document.getElementById("times");
  if (times) new Times(times, data.times);
  const judging = document.getElementById("judging");
  if (judging) new Judge(judging, data.judging);
}

begin();
