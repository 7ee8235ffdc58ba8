// The page's side of the engine: each call is a message to the worker, each answer one back.

/** @typedef {import("../static/types.js").Engine} Engine */
/** @typedef {import("../static/types.js").EngineError} EngineError */
/** @typedef {import("../static/types.js").Photo} Photo */

/** @typedef {{ resolve: (result: any) => void, reject: (error: unknown) => void }} Waiting */

/**
 * @param {new (sentence: string, blame: import("../static/types.js").Blame) => EngineError} Failure
 * @returns {Engine}
 */
export function client(Failure) {
  const line = new Line(Failure);
  /** @type {WeakMap<File, number>} */
  const ids = new WeakMap();
  let last = 0;
  /** @param {File} file */
  const idOf = (file) => {
    if (!ids.has(file)) ids.set(file, ++last);
    return /** @type {number} */ (ids.get(file));
  };
  /** @param {File} file */
  const about = (file) => ({ id: idOf(file), file });
  return {
    async methods() {
      const answer = await fetch(new URL("./models/offer.json", import.meta.url)).catch(() => null);
      if (!answer?.ok) throw new Failure("nightlift could not be loaded. Is there a connection?", "network");
      const offer = await answer.json();
      const { name } = offer.methods.find((/** @type {any} */ one) => one.recommended);
      line.ask("load", { method: name }).catch(() => {}); // the first photo need not wait for it
      return { ...offer, formats: offer.formats.filter(await writable()) };
    },
    open: async (file, signal) => ({ file, ...await line.ask("open", about(file), signal) }),
    preview: (photo, settings, view, signal) =>
      line.ask("preview", { ...about(photo.file), settings, view }, signal),
    download: (photo, settings, saving, signal) =>
      line.ask("download", { ...about(photo.file), settings, saving }, signal),
    close(photo) {
      if (ids.has(photo.file)) line.ask("close", { id: idOf(photo.file) }).catch(() => {});
      ids.delete(photo.file);
    },
  };
}

/** Whether this browser writes a format. */
async function writable() {
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext("2d");
  const { type } = await canvas.convertToBlob({ type: "image/webp" });
  return (/** @type {string} */ format) => format !== "webp" || type === "image/webp";
}

/** Of the worker, which is told what the page's address says about WebGL2. */
function address() {
  const worker = new URL("./worker.js", import.meta.url);
  const wish = new URL(document.URL).searchParams.get("webgl");
  if (wish) worker.searchParams.set("webgl", wish);
  return worker;
}

/** The line to the worker, which is started anew where it broke down. */
class Line {
  /** @param {new (sentence: string, blame: import("../static/types.js").Blame) => EngineError} Failure */
  constructor(Failure) {
    this.Failure = Failure;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    this.last = 0;
    /** @type {Worker | null} */
    this.worker = null;
  }

  /** @returns {Worker} */
  started() {
    if (this.worker) return this.worker;
    const worker = new Worker(address(), { type: "module" });
    worker.addEventListener("message", ({ data }) => this.answered(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.broke();
    });
    this.worker = worker;
    return worker;
  }

  /** @param {string} call @param {object} given @param {AbortSignal} [signal] @returns {Promise<any>} */
  ask(call, given, signal) {
    signal?.throwIfAborted();
    const number = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      const worker = this.started();
      worker.postMessage({ number, call, given });
      signal?.addEventListener("abort", () => {
        if (!this.waiting.delete(number)) return;
        worker.postMessage({ number, call: "abort" });
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** @param {{ number: number, result?: any, failure?: { sentence: string, blame: any } }} answer */
  answered({ number, result, failure }) {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (!waiting) return void result?.bitmap?.close();
    if (failure) waiting.reject(new this.Failure(failure.sentence, failure.blame));
    else waiting.resolve(result);
  }

  /** The worker could not be loaded, or ran out of memory: what waits for it fails. */
  broke() {
    this.worker?.terminate();
    this.worker = null;
    const sentence = "nightlift broke down over this photo, perhaps for want of memory. Try again.";
    for (const { reject } of this.waiting.values()) reject(new this.Failure(sentence, "engine"));
    this.waiting.clear();
  }
}
