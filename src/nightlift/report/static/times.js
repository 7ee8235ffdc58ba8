// Samples over time: the pictures of a training's epochs behind one slider.

import { decoded } from "./blobs.js";

export class Times {
  /**
   * @param {HTMLElement} root
   * @param {{title: string, image: string}[]} sheets
   */
  constructor(root, sheets) {
    this.root = root;
    this.sheets = sheets;
    this.turn = 0;
    this.range = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.range.addEventListener("input", () => this.show(Number(this.range.value)));
    this.show(sheets.length - 1);
  }

  /** @param {number} place */
  async show(place) {
    const turn = (this.turn += 1);
    const { title, image } = this.sheets[place];
    /** @type {HTMLElement} */ (this.root.querySelector("output")).textContent = title;
    this.range.setAttribute("aria-valuetext", title);
    const drawn = await decoded(image);
    if (turn !== this.turn) return;
    drawn.alt = `Photos, results and estimates: ${title}`;
    this.root.querySelector(".frame")?.replaceChildren(drawn);
    this.root.dataset.ready = title;
  }
}
