// Samples over time: the pictures of a training's epochs behind one slider.

import { decoded } from "./blobs.js";

export class Times {
  constructor(root, sheets) {
    Object.assign(this, { root, sheets, turn: 0 });
    this.range = root.querySelector("input");
    this.range.addEventListener("input", () => this.show(Number(this.range.value)));
    this.show(sheets.length - 1);
  }

  async show(place) {
    const turn = (this.turn += 1);
    const { title, image } = this.sheets[place];
    this.root.querySelector("output").textContent = title;
    this.range.setAttribute("aria-valuetext", title);
    const drawn = await decoded(image);
    if (turn !== this.turn) return;
    drawn.alt = `Photos, results and estimates: ${title}`;
    this.root.querySelector(".frame").replaceChildren(drawn);
    this.root.dataset.ready = title;
  }
}
