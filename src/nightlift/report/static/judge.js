// Asks which of two pictures is better, and hands the answers back as a file. They outlast the tab.

/** @typedef {{page: string, questions: [number, number][]}} Asked  Pairs of numbers of pictures. */

/** @type {Record<string, string>} */
const CHOICES = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie" };

export class Judge {
  /**
   * @param {HTMLElement} root
   * @param {Asked} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    /** @type {Record<number, string>} */
    this.answers = {};
    this.at = 0;
    this.find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (root.querySelector(selector));
    this.pictures = [.../** @type {NodeListOf<HTMLImageElement>} */ (root.querySelectorAll(".pair img"))];
    for (const button of root.querySelectorAll("[data-choice]"))
      button.addEventListener("click", () => this.choose(button.getAttribute("data-choice") ?? ""));
    this.find("[data-back]").addEventListener("click", () => this.back());
    this.find("[data-save]").addEventListener("click", () => this.save());
    this.find("[data-anew]").addEventListener("click", () => this.anew());
    this.name = /** @type {HTMLInputElement} */ (this.find("[data-judge]"));
    this.name.addEventListener("input", () => this.keep());
    this.goOn();
    document.addEventListener("keydown", (event) => this.pressed(event));
    // The pictures stand behind the script.
    if (document.readyState === "loading")
      document.addEventListener("DOMContentLoaded", () => this.show());
    else this.show();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (/** @type {Element} */ (event.target).tagName === "INPUT" || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowUp") this.back();
    else if (event.key in CHOICES) this.choose(CHOICES[event.key]);
    else return;
    event.preventDefault();
  }

  /** @param {string} choice */
  choose(choice) {
    if (this.at >= this.data.questions.length) return;
    this.answers[this.at] = choice;
    this.at += 1;
    this.keep();
    this.show();
  }

  /** Keep the answers in this browser, where it allows it. */
  keep() {
    try {
      localStorage.setItem(`judge-${this.data.page}`, JSON.stringify(this.file()));
    } catch {
      return;
    }
  }

  /** Go on with the answers that this browser kept. */
  goOn() {
    try {
      const kept = JSON.parse(localStorage.getItem(`judge-${this.data.page}`) ?? "null");
      if (!kept) return;
      this.answers = kept.answers;
      this.name.value = kept.judge;
    } catch {
      return;
    }
    while (this.at in this.answers) this.at += 1;
  }

  /** For another judge at this browser. */
  anew() {
    if (!confirm("Begin anew? Answers that were not saved are lost.")) return;
    this.answers = {};
    this.at = 0;
    this.name.value = "";
    this.keep();
    this.show();
  }

  back() {
    this.at = Math.max(0, this.at - 1);
    this.show();
  }

  show() {
    const { questions } = this.data;
    const done = this.at >= questions.length;
    this.pictures.forEach((picture, side) => {
      picture.hidden = done;
      if (done) return;
      const blob = /** @type {HTMLElement} */ (document.getElementById(`r${questions[this.at][side]}`));
      picture.src = `data:${blob.dataset.type};base64,${blob.textContent}`;
    });
    this.find("[data-progress]").textContent = done
      ? `all ${questions.length} answered: save them`
      : `${this.at + 1} of ${questions.length}`;
  }

  file() {
    return { page: this.data.page, judge: this.name.value.trim(), answers: this.answers };
  }

  save() {
    const link = document.createElement("a");
    const content = this.file();
    link.download = `answers-${content.judge || "judge"}.json`;
    link.href = `data:application/json,${encodeURIComponent(JSON.stringify(content))}`;
    link.click();
  }
}
