// A slider that a finger which scrolls does not move.

import { clamp, element } from "./elements.js";

/** How far a finger goes along before it moves the slider. */
const SLACK = 8;
/** Half of the thumb's width: its middle does not reach the track's ends. */
const THUMB = 8;

/**
 * @typedef {object} Scale
 * @property {string} id
 * @property {string} label
 * @property {number} least
 * @property {number} most
 * @property {number} step
 * @property {number} start  Where it stands at first, and after a double click on it.
 * @property {(value: number) => string} say  Its value in words.
 */

export class Slider {
  /**
   * @param {Scale} scale
   * @param {(value: number, over: boolean) => void} moved  Called with the value, and whether the
   *   movement is over.
   */
  constructor(scale, moved) {
    this.scale = scale;
    this.moved = moved;
    this.input = element("input", {
      id: scale.id, type: "range", min: String(scale.least), max: String(scale.most),
      step: String(scale.step),
    });
    this.output = element("output", { for: scale.id });
    const head = element("div", { class: "row" },
      element("label", { for: scale.id }, scale.label), this.output);
    this.track = element("div", { class: "track" }, this.input);
    this.root = element("div", { class: "field" }, head, this.track);
    this.root.style.setProperty("--zero", String((scale.start - scale.least) / (scale.most - scale.least)));
    this.value = scale.start;
    this.input.addEventListener("input", () => this.said(false));
    this.input.addEventListener("change", () => this.said(true));
    this.track.addEventListener("dblclick", () => this.set(this.scale.start, true));
    this.track.addEventListener("pointerdown", (event) => this.pressed(event));
  }

  get value() {
    return this.input.valueAsNumber;
  }

  set value(value) {
    this.input.value = String(value);
    this.tell();
  }

  tell() {
    const text = this.scale.say(this.value);
    this.output.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
    const share = (this.value - this.scale.least) / (this.scale.most - this.scale.least);
    this.root.style.setProperty("--at", String(share));
  }

  /** @param {boolean} over */
  said(over) {
    this.tell();
    this.moved(this.value, over);
  }

  /**
   * @param {number} value
   * @param {boolean} over
   */
  set(value, over) {
    const before = this.value;
    this.value = value;
    if (over || this.value !== before) this.moved(this.value, over);
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button !== 0) return;
    const finger = event.pointerType === "touch";
    const [x, y] = [event.clientX, event.clientY];
    const begun = { value: this.value, moving: !finger };
    const box = this.input.getBoundingClientRect();
    const share = (/** @type {number} */ pixels) =>
      (pixels / Math.max(1, box.width - 2 * THUMB)) * (this.scale.most - this.scale.least);
    const follow = (/** @type {PointerEvent} */ { clientX }) => (finger
      ? begun.value + share(clientX - x)
      : this.scale.least + share(clientX - box.left - THUMB));
    const moved = (/** @type {PointerEvent} */ now) => {
      const [along, down] = [Math.abs(now.clientX - x), Math.abs(now.clientY - y)];
      if (!begun.moving && along > SLACK && along > down) begun.moving = true;
      if (begun.moving) this.set(clamp(follow(now), this.scale.least, this.scale.most), false);
    };
    const over = new AbortController();
    const ended = () => {
      over.abort();
      if (begun.moving && this.value !== begun.value) this.moved(this.value, true);
    };
    const { track } = this;
    track.setPointerCapture(event.pointerId);
    track.addEventListener("pointermove", moved, { signal: over.signal });
    track.addEventListener("pointerup", ended, { signal: over.signal });
    track.addEventListener("pointercancel", ended, { signal: over.signal });
    if (!finger) {
      this.input.focus({ preventScroll: true });
      moved(event);
    }
  }
}
