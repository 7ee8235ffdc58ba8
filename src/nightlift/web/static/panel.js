// The settings: sliders and choices, and what they say of the current photo.

import { element } from "./elements.js";
import { CONTROLS, DENOISE, first, looks, LOOKS, recommended, same } from "./settings.js";
import { Slider } from "./slider.js";

/** @typedef {import("./photos.js").Entry} Entry */
/** @typedef {import("./types.js").Offer} Offer */
/** @typedef {import("./types.js").Saving} Saving */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {(change: Partial<Settings>, over: boolean, dragged: import("./display.js").Dragged) => void} Set */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const percent = (/** @type {number} */ value) => `${value} %`;

/** Formats in words. @type {Record<string, string>} */
const FORMATS = { same: "As the photo", jpg: "JPEG", png: "PNG", tiff: "TIFF", webp: "WebP", avif: "AVIF",
  jxl: "JPEG XL", bmp: "BMP" };

const NAMES = /** @type {(keyof typeof LOOKS)[]} */ (Object.keys(LOOKS));

export class Panel {
  /** @param {Set} set */
  constructor(set) {
    this.set = set;
    /** @type {Offer | null} */
    this.offer = null;
    /** @type {Entry | null} */
    this.entry = null;
    this.strength = new Slider(
      { id: "strength", label: "Strength", least: 0, most: 150, step: 1, start: 100, say: percent },
      (value, over) => set({ strength: value / 100 }, over, "strength"));
    const auto = element("button", { type: "button", id: "auto", class: "chip", title: "As much as this photo needs" }, "Auto");
    auto.addEventListener("click", () => this.put({ strength: null }));
    this.strength.output.before(auto);
    $("lift").append(this.strength.root);
    /** @type {Map<string, Slider>} */
    this.controls = new Map();
    for (const [group, controls] of Object.entries(CONTROLS)) {
      for (const { name, label, most, step, say } of controls) {
        const slider = new Slider({ id: name, label, least: -most, most, step, start: 0, say },
          (value, over) => set({ [name]: value }, over, "control"));
        this.controls.set(name, slider);
        $(group.toLowerCase()).append(slider.root);
      }
    }
    this.amount = new Slider(
      { id: "amount", label: "Amount", least: 0, most: 100, step: 1, start: 100, say: percent },
      (value, over) => set({ denoise_amount: value / 100 }, over, "control"));
    $("noise").append(this.amount.root);
    this.quality = new Slider(
      { id: "quality", label: "Quality", least: 50, most: 100, step: 1, start: 92, say: String }, () => {});
    $("quality-field").append(this.quality.root);
    this.listen();
  }

  listen() {
    for (const name of NAMES) $(name).addEventListener("click", () => this.look(name));
    $("more").addEventListener("click", () => this.open($("methods"), Boolean($("methods").hidden)));
    $("adjust").addEventListener("click", () => {
      if (!$("sheet").inert) this.openSheet(!document.body.classList.contains("sheet"));
    });
    $("methods").addEventListener("change", (event) =>
      this.put({ method: /** @type {HTMLInputElement} */ (event.target).value }));
    $("denoise").addEventListener("change", (event) =>
      this.put({ denoise: /** @type {any} */ (/** @type {HTMLSelectElement} */ (event.target).value) }));
    $("panel").addEventListener("submit", (event) => event.preventDefault());
  }

  /** One of the plain choices. @param {keyof typeof LOOKS} name */
  look(name) {
    if (this.offer) this.put({ method: recommended(this.offer.methods), ...LOOKS[name] });
  }

  /** @param {Partial<Settings>} change */
  put(change) {
    this.set(change, true, null);
    this.show(this.entry);
  }

  /**
   * @param {HTMLElement} part
   * @param {boolean} wanted
   */
  open(part, wanted) {
    part.hidden = !wanted;
    $("more").setAttribute("aria-expanded", String(wanted));
    if (wanted) this.openSheet(true);
  }

  /** On a phone: the settings below the photo. @param {boolean} wanted */
  openSheet(wanted) {
    document.body.classList.toggle("sheet", wanted);
    $("adjust").setAttribute("aria-expanded", String(wanted));
    $("adjust").textContent = wanted ? "Done" : "Adjust";
  }

  /** Offer what there is. @param {Offer} offer */
  fill(offer) {
    this.offer = offer;
    for (const { name, title, research } of offer.methods.filter((method) => !method.recommended)) {
      const input = element("input", { type: "radio", name: "method", value: name });
      const mark = research ? [element("em", {}, "research only")] : [];
      const text = element("span", {}, element("b", {}, name), ...mark, element("small", {}, title));
      $("methods").append(element("label", { class: "method" }, input, text));
    }
    $("denoise").append(...offer.denoise.map((mode) => element("option", { value: mode }, DENOISE[mode])));
    $("format").append(...offer.formats.map((name) => element("option", { value: name }, FORMATS[name] ?? name)));
  }

  /** Stand where an entry's settings stand. @param {Entry | null} entry */
  show(entry) {
    this.entry = entry;
    if (!entry) return;
    const { settings } = entry;
    for (const [name, slider] of this.controls) {
      slider.value = settings[/** @type {import("./settings.js").ControlName} */ (name)];
    }
    this.amount.value = Math.round(100 * settings.denoise_amount);
    this.amount.root.hidden = settings.denoise === "off";
    /** @type {HTMLSelectElement} */ ($("denoise")).value = settings.denoise;
    for (const input of $("methods").querySelectorAll("input")) input.checked = input.value === settings.method;
    this.tell(entry);
  }

  /** Say what depends on the photo too. @param {Entry | null} entry */
  tell(entry) {
    if (!entry || !this.offer) return;
    const { settings, shots, photo } = entry;
    const strength = settings.strength ?? shots.suggested.get(settings.method) ?? 1;
    this.strength.value = Math.round(100 * strength);
    const pressed = (/** @type {string} */ id, /** @type {boolean} */ value) =>
      $(id).setAttribute("aria-pressed", String(value));
    const natural = settings.method === recommended(this.offer.methods);
    pressed("auto", settings.strength === null);
    for (const name of NAMES) pressed(name, natural && looks(settings, name));
    pressed("more", !natural);
    $("more").textContent = $("more").title = natural ? "More" : settings.method;
    $("reset").setAttribute("aria-disabled", String(same(settings, first(this.offer))));
    const [as] = /** @type {HTMLSelectElement} */ ($("format")).options;
    const changes = photo && photo.written !== photo.format;
    if (as) as.textContent = changes ? `${FORMATS.same} (as ${photo.written.toUpperCase()})` : FORMATS.same;
  }

  /** @returns {Saving} */
  saving() {
    return {
      format: /** @type {HTMLSelectElement} */ ($("format")).value,
      quality: this.quality.value,
      strip: /** @type {HTMLInputElement} */ ($("place")).checked ? "gps" : "none",
    };
  }
}
