// Asks which of two pictures is better, and hands the answers back as a file.

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
    const judge = /** @type {HTMLInputElement} */ (this.find("[data-judge]")).value.trim();
    return { page: this.data.page, judge, answers: this.answers };
  }

  save() {
    const link = document.createElement("a");
    const content = this.file();
    link.download = `answers-${content.judge || "judge"}.json`;
    link.href = `data:application/json,${encodeURIComponent(JSON.stringify(content))}`;
    link.click();
  }
}
