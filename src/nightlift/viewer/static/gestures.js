// What mouse, pen and fingers do on a stage: move dividers, move the picture, zoom.

import { clamp } from "./elements.js";

/** @typedef {import("./stage.js").Stage} Stage */

/**
 * A pointer that is down: where it is, where it went down, and the divider that it moves.
 *
 * @typedef {object} Pointer
 * @property {number} x
 * @property {number} y
 * @property {[number, number]} start
 * @property {number | null} grabbed
 * @property {boolean} waiting  Whether a finger has yet to show that it means the divider.
 * @property {boolean} follows  Whether the divider goes as far as the pointer, rather than to it.
 */

/** How far a finger goes along before it moves a divider: farther down it means the page. */
const SLACK = 8;

export class Gestures {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Map<number, Pointer>} */
    this.pointers = new Map();
    const { root } = stage;
    root.addEventListener("pointerdown", (event) => this.pressed(event));
    root.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      root.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    root.addEventListener("dblclick", (event) => {
      if (!handleOf(event)) stage.toggle(...this.at(event));
    });
    root.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  at(event) {
    const box = this.stage.root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {WheelEvent} event */
  wheeled(event) {
    // Within a page that scrolls, the wheel alone belongs to the page.
    if (!event.ctrlKey && !event.metaKey && !this.stage.free) return;
    event.preventDefault();
    const { stage } = this;
    const factor = Math.exp(-clamp(event.deltaY, -200, 200) * (event.ctrlKey ? 0.01 : 0.0025));
    const zoom = stage.scale() * devicePixelRatio * factor;
    const whole = zoom <= stage.fit() * devicePixelRatio && factor < 1;
    stage.zoomTo(whole ? null : zoom, ...this.at(event));
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button !== 0) return;
    const { stage } = this;
    const [x, y] = this.at(event);
    const handle = handleOf(event);
    let grabbed = handle ? Number(handle.dataset.place) : null;
    if (grabbed === null && stage.mode === "slide" && !stage.enlarged()) grabbed = this.nearest(x);
    const waiting = event.pointerType === "touch" && grabbed !== null;
    const follows = Boolean(handle) || event.pointerType === "touch";
    this.pointers.set(event.pointerId, { x, y, start: [x, y], grabbed, waiting, follows });
    stage.root.setPointerCapture(event.pointerId);
    (handle ?? stage.root).focus({ preventScroll: true });
  }

  /** @param {number} x */
  nearest(x) {
    const far = this.stage.dividers.map((at) => Math.abs(at - this.share(x)));
    return far.length ? far.indexOf(Math.min(...far)) : null;
  }

  /**
   * Where a column of the stage lies within what can be seen, as dividers count.
   *
   * @param {number} x
   */
  share(x) {
    const [first, last] = this.stage.visible();
    return (x - first) / Math.max(1, last - first);
  }

  /** @param {PointerEvent} event */
  moved(event) {
    const known = this.pointers.get(event.pointerId);
    if (!known) return;
    const [x, y] = this.at(event);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (others.length === 1) this.pinch(known, others[0][1], x, y);
    else if (known.waiting) this.decide(known, x, y);
    else if (known.grabbed !== null) this.slide(known, x);
    else this.stage.pan(x - known.x, y - known.y);
    Object.assign(known, { x, y });
  }

  /**
   * Whether a finger means the divider.
   *
   * @param {Pointer} finger
   * @param {number} x
   * @param {number} y
   */
  decide(finger, x, y) {
    const [along, down] = [Math.abs(x - finger.start[0]), Math.abs(y - finger.start[1])];
    if (along > SLACK && along > down) {
      finger.waiting = false;
      finger.x = finger.start[0];
      this.slide(finger, x);
    } else if (down > SLACK) finger.start = [x, Infinity]; // it scrolls, until it is lifted
  }

  /**
   * @param {Pointer} pointer
   * @param {number} x
   */
  slide(pointer, x) {
    const place = pointer.grabbed ?? 0;
    const moved = this.share(x) - this.share(pointer.x);
    this.stage.divide(place, pointer.follows ? this.stage.dividers[place] + moved : this.share(x));
  }

  /**
   * @param {Pointer} finger
   * @param {Pointer} other
   * @param {number} x
   * @param {number} y
   */
  pinch(finger, other, x, y) {
    const { stage } = this;
    const span = (/** @type {number} */ a, /** @type {number} */ b) =>
      Math.hypot(a - other.x, b - other.y);
    const factor = span(x, y) / Math.max(1, span(finger.x, finger.y));
    stage.pan((x - finger.x) / 2, (y - finger.y) / 2);
    const middle = [(x + other.x) / 2, (y + other.y) / 2];
    stage.zoomTo(stage.scale() * devicePixelRatio * factor, middle[0], middle[1]);
    if (stage.scale() < stage.fit()) stage.zoomTo(null);
    finger.grabbed = other.grabbed = null;
    finger.waiting = other.waiting = false;
  }
}

/** @param {Event} event @returns {HTMLElement | null} */
const handleOf = (event) => /** @type {Element} */ (event.target).closest(".handle");
