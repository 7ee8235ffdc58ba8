// Whether the engine answers: waited for at first, looked for again where it went away.

import { announce } from "./messages.js";

/** @typedef {import("./types.js").Engine} Engine */

/** Milliseconds between two looks. */
const AGAIN = 2000;

export class Connection {
  /**
   * @param {Engine} engine
   * @param {() => void} found  Called when it answers again.
   */
  constructor(engine, found) {
    this.engine = engine;
    this.found = found;
    this.watching = false;
  }

  /** What it offers, as soon as it answers; until then the page says that it does not. */
  async first() {
    for (;;) {
      try {
        const offer = await this.engine.methods();
        document.body.classList.remove("away");
        return offer;
      } catch (error) {
        this.tell(/** @type {Error} */ (error).message);
        await pause();
      }
    }
  }

  /** @param {string} text */
  tell(text) {
    document.body.classList.add("away");
    const line = /** @type {HTMLElement} */ (document.getElementById("privacy"));
    if (line.textContent !== text) announce(text);
    line.textContent = text;
  }

  /** Look until it answers again. */
  async watch() {
    if (this.watching) return;
    this.watching = true;
    while (this.watching) {
      await pause();
      await this.engine.methods().then(() => {
        this.watching = false;
      }, () => {});
    }
    this.found();
  }
}

const pause = () => new Promise((done) => setTimeout(done, AGAIN));
