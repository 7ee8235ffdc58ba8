// What was done, so that it can be undone, and done again.

/** @typedef {{undo: () => void, redo: () => void}} Step */

const MOST = 500;

export class History {
  /** @param {() => void} told  Called when what can be undone or redone has changed. */
  constructor(told) {
    this.told = told;
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
  }

  /**
   * Remember something that was done.
   *
   * @param {() => void} undo
   * @param {() => void} redo
   */
  add(undo, redo) {
    this.done.push({ undo, redo });
    if (this.done.length > MOST) this.done.shift();
    this.undone = [];
    this.told();
  }

  undo() {
    const step = this.done.pop();
    if (!step) return;
    this.undone.push(step);
    step.undo();
    this.told();
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return;
    this.done.push(step);
    step.redo();
    this.told();
  }
}
