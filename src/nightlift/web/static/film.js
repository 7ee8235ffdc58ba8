// The photos below the stage. Their buttons stay as long as the photos do, so that none loses the focus.

import { element } from "./elements.js";
import { unsaved } from "./photos.js";

/** @typedef {import("./photos.js").Entry} Entry */

/** @typedef {{item: HTMLLIElement, button: HTMLButtonElement}} Thumb */

export class Film {
  /**
   * @param {HTMLElement} root
   * @param {(entry: Entry) => void} choose
   * @param {(entry: Entry) => void} remove
   */
  constructor(root, choose, remove) {
    this.root = root;
    this.choose = choose;
    this.remove = remove;
    /** @type {Map<Entry, Thumb>} */
    this.thumbs = new Map();
  }

  /** @param {Entry[]} entries */
  list(entries) {
    this.root.hidden = entries.length < 2;
    entries.forEach((entry, index) => {
      const { item } = this.thumbs.get(entry) ?? this.made(entry);
      const there = this.root.children[index];
      if (there !== item) this.root.insertBefore(item, there ?? null);
      this.update(entry);
    });
    for (const [entry, { item }] of this.thumbs) {
      if (entries.includes(entry)) continue;
      item.remove();
      this.thumbs.delete(entry);
    }
  }

  /** @param {Entry} entry */
  made(entry) {
    const button = element("button", { type: "button", class: "thumb" });
    button.addEventListener("click", () => this.choose(entry));
    const cross = element("button", { type: "button", class: "remove", "aria-label": `Remove ${entry.name}` }, "×");
    cross.addEventListener("click", () => this.remove(entry));
    const thumb = { item: element("li", {}, button, cross), button };
    this.thumbs.set(entry, thumb);
    return thumb;
  }

  /** Show what is known of an entry now. @param {Entry} entry */
  update(entry) {
    const button = this.thumbs.get(entry)?.button;
    if (!button) return;
    const { error, name, thumb } = entry;
    button.classList.toggle("bad", error?.blame === "file");
    const state = error ? `: ${error.message}` : unsaved(entry) ? ", edited" : entry.saved ? ", saved" : "";
    button.dataset.state = error ? "bad" : unsaved(entry) ? "edited" : entry.saved ? "saved" : "";
    button.setAttribute("aria-label", `${name}${state}`);
    button.title = name;
    const wanted = error?.blame === "file" ? "cannot be used" : thumb ?? name.replace(/^.*\//, "");
    if (button.firstChild !== wanted && button.textContent !== wanted) button.replaceChildren(wanted);
  }

  /** @param {Entry | null} current */
  mark(current) {
    for (const [entry, { item, button }] of this.thumbs) {
      if (entry !== current) button.removeAttribute("aria-current");
      else {
        button.setAttribute("aria-current", "true");
        const middle = item.offsetLeft - (this.root.clientWidth - item.clientWidth) / 2;
        this.root.scrollTo({ left: middle });
      }
    }
  }

  /**
   * Focus an entry's button; false where there is none to be seen.
   *
   * @param {Entry | null} entry
   */
  focus(entry) {
    const thumb = entry && !this.root.hidden ? this.thumbs.get(entry) : null;
    thumb?.button.focus();
    return Boolean(thumb);
  }
}
