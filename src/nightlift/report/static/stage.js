// The stage: several pictures of one photo, aligned, under one zoom and one place.

const MOST_ZOOM = 16;
const STEPS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16];
const SHADOWS = [61, 125, 255, 255];
const HIGHLIGHTS = [255, 69, 58, 255];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The picture of a blob, decoded; blobs come at the end of the file and may be on their way.
async function decoded(id) {
  let blob = document.getElementById(id);
  while (!blob && document.readyState === "loading") {
    await new Promise((go) => setTimeout(go, 10));
    blob = document.getElementById(id);
  }
  const image = new Image();
  image.src = `data:${blob.dataset.type};base64,${blob.textContent}`;
  await image.decode();
  return image;
}

class Stage {
  // `told` is called with what changed: "zoom" or "divider".
  constructor(root, names, told) {
    this.root = root;
    this.names = names;
    this.told = told;
    this.mode = "slide";
    this.columns = [];
    this.dividers = []; // shares of the picture's width that can be seen
    this.zoom = null; // null: the whole picture; else screen pixels for each of the picture's
    this.center = [0.5, 0.5];
    this.size = [1, 1];
    this.clipping = false;
    this.panes = [];
    this.handles = [];
    this.pointers = new Map();
    this.listen();
    new ResizeObserver(() => this.draw()).observe(root);
  }

  // The pictures to show: `images[i]` is a decoded <img> of column `columns[i]`.
  show(images, columns, size) {
    const same = columns.join() === this.columns.join();
    if (!same) this.dividers = columns.slice(1).map((_, i) => (i + 1) / columns.length);
    [this.columns, this.size] = [columns, size];
    this.panes = columns.map((column, place) => this.pane(images[place], column));
    this.handles = columns.slice(1).map((_, place) => this.handle(place));
    this.root.replaceChildren(...this.panes.map((pane) => pane.box), ...this.handles);
    this.draw();
  }

  pane(image, column) {
    const label = element("span", { class: "label" }, this.names[column]);
    const box = element("div", { class: "pane" }, image, label);
    image.alt = this.names[column];
    image.draggable = false;
    return { box, image, label, overlay: null };
  }

  handle(place) {
    const [before, after] = [this.names[this.columns[place]], this.names[this.columns[place + 1]]];
    const made = element("div", {
      class: "handle", role: "slider", tabindex: "0", "aria-orientation": "horizontal",
      "aria-valuemin": "0", "aria-valuemax": "100",
      "aria-label": `Divider between ${before} and ${after}`,
    }, element("i", { "aria-hidden": "true" }));
    made.dataset.place = place;
    made.addEventListener("keydown", (event) => this.key(event, place));
    return made;
  }

  key(event, place) {
    const step = event.shiftKey ? 0.1 : 0.01;
    const moves = {
      ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step,
      PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.divide(place, this.dividers[place] + moves[event.key]);
  }

  divide(place, value) {
    const low = this.dividers[place - 1] ?? 0;
    const high = this.dividers[place + 1] ?? 1;
    this.dividers[place] = clamp(value, low, high);
    this.draw();
    this.told("divider");
  }

  // Width and height in CSS pixels of what one picture has to itself.
  room() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (this.mode !== "grid") return [width, height, 1];
    const count = Math.max(1, this.columns.length);
    const fits = (across) => {
      const down = Math.ceil(count / across);
      return Math.min(width / across / this.size[0], height / down / this.size[1]);
    };
    let best = 1;
    for (let across = 2; across <= count; across += 1) if (fits(across) > fits(best)) best = across;
    return [width / best, height / Math.ceil(count / best), best];
  }

  fit() {
    const [width, height] = this.room();
    return Math.min(width / this.size[0], height / this.size[1]) || 1;
  }

  // CSS pixels for each pixel of the picture.
  scale() {
    return this.zoom === null ? this.fit() : this.zoom / devicePixelRatio;
  }

  percent() {
    return Math.round(this.scale() * devicePixelRatio * 100);
  }

  draw() {
    const [width, height, across] = this.room();
    if (!this.panes.length || !width || !height) return;
    const scale = this.scale();
    const place = [width, height].map((room, axis) => this.place(axis, room, scale));
    const sharp = scale * devicePixelRatio >= 2;
    this.root.dataset.mode = this.mode;
    this.root.classList.toggle("enlarged", this.enlarged());
    const move = `translate(${place[0]}px, ${place[1]}px) scale(${scale})`;
    this.panes.forEach((pane, index) => {
      for (const layer of [pane.image, pane.overlay]) {
        if (!layer) continue;
        layer.style.transform = move;
        layer.style.imageRendering = sharp ? "pixelated" : "auto";
      }
      this.put(pane, index, [width, height, across]);
      if (this.clipping && !pane.overlay) this.overlay(pane, move, sharp);
      if (pane.overlay) pane.overlay.hidden = !this.clipping;
    });
    this.putHandles();
  }

  // Where the picture's first pixel lies along one axis, its center kept within bounds.
  place(axis, room, scale) {
    const whole = this.size[axis] * scale;
    if (whole <= room) {
      this.center[axis] = 0.5;
      return (room - whole) / 2;
    }
    const half = room / 2 / whole;
    this.center[axis] = clamp(this.center[axis], half, 1 - half);
    return room / 2 - this.center[axis] * whole;
  }

  // The first and last columns of the stage, in CSS pixels, that hold some of the picture.
  visible() {
    const [width] = this.room();
    const scale = this.scale();
    const left = this.place(0, width, scale);
    return [Math.max(0, left), Math.min(width, left + this.size[0] * scale)];
  }

  put(pane, index, [width, height, across]) {
    const style = pane.box.style;
    const grid = this.mode === "grid";
    style.left = `${grid ? (index % across) * width : 0}px`;
    style.top = `${grid ? Math.floor(index / across) * height : 0}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
    const slide = this.mode === "slide";
    const [first, last] = this.visible();
    const at = (divider) => first + divider * (last - first);
    const from = at(slide ? (this.dividers[index - 1] ?? 0) : 0);
    const to = at(slide ? (this.dividers[index] ?? 1) : 1);
    style.clipPath = slide ? `inset(0 ${width - to}px 0 ${from}px)` : "none";
    pane.label.style.left = `${from + 10}px`;
    pane.label.style.maxWidth = `${Math.max(0, to - from - 20)}px`;
    pane.label.hidden = to - from < 44;
  }

  putHandles() {
    const [first, last] = this.visible();
    this.handles.forEach((handle, place) => {
      const at = this.dividers[place];
      handle.hidden = this.mode !== "slide";
      handle.style.left = `${first + at * (last - first)}px`;
      handle.setAttribute("aria-valuenow", Math.round(at * 100));
    });
  }

  overlay(pane, move, sharp) {
    const { naturalWidth: width, naturalHeight: height } = pane.image;
    const canvas = element("canvas", { class: "clipped", "aria-hidden": "true" });
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(pane.image, 0, 0);
    const pixels = context.getImageData(0, 0, width, height);
    const words = pixels.data;
    for (let at = 0; at < words.length; at += 4) {
      const low = Math.min(words[at], words[at + 1], words[at + 2]);
      const high = Math.max(words[at], words[at + 1], words[at + 2]);
      // The pictures are stored with losses: one level of slack.
      const color = high >= 254 ? HIGHLIGHTS : low <= 1 ? SHADOWS : [0, 0, 0, 0];
      words.set(color, at);
    }
    context.putImageData(pixels, 0, 0);
    canvas.style.transform = move;
    canvas.style.imageRendering = sharp ? "pixelated" : "auto";
    pane.overlay = canvas;
    pane.image.after(canvas);
  }

  enlarged() {
    const [width, height] = this.room();
    const scale = this.scale();
    return this.size[0] * scale > width + 1 || this.size[1] * scale > height + 1;
  }

  // Zoom so that what is under (x, y), CSS pixels from the stage's corner, stays there.
  zoomTo(zoom, x, y) {
    const [width, height, across] = this.room();
    const before = this.scale();
    const at = [x ?? width / 2, y ?? height / 2];
    if (this.mode === "grid" && across) [at[0], at[1]] = [at[0] % width, at[1] % height];
    const rooms = [width, height];
    const point = at.map((value, axis) =>
      this.center[axis] * this.size[axis] + (value - rooms[axis] / 2) / before);
    this.zoom = zoom === null ? null : clamp(zoom, 0.05, MOST_ZOOM);
    const after = this.scale();
    this.center = point.map((value, axis) =>
      (value - (at[axis] - rooms[axis] / 2) / after) / this.size[axis]);
    this.draw();
    this.told("zoom");
  }

  step(direction, x, y) {
    const now = this.scale() * devicePixelRatio;
    const later = STEPS.filter((step) => (direction > 0 ? step > now * 1.01 : step < now * 0.99));
    if (!later.length) return;
    const next = direction > 0 ? later[0] : later[later.length - 1];
    const fit = this.fit() * devicePixelRatio;
    const passes = direction < 0 ? next <= fit && now > fit * 1.01 : false;
    this.zoomTo(passes ? null : next, x, y);
  }

  toggle(x, y) {
    this.zoomTo(this.zoom === null ? 1 : null, x, y);
  }

  pan(x, y) {
    const scale = this.scale();
    this.center = [this.center[0] - x / scale / this.size[0],
      this.center[1] - y / scale / this.size[1]];
    this.draw();
  }

  at(event) {
    const box = this.root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  listen() {
    const { root } = this;
    root.addEventListener("pointerdown", (event) => this.pressed(event));
    root.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) {
      root.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    root.addEventListener("dblclick", (event) => {
      if (!event.target.closest(".handle")) this.toggle(...this.at(event));
    });
    root.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  wheeled(event) {
    // Within a page that scrolls, the wheel alone belongs to the page.
    if (!event.ctrlKey && !event.metaKey && !document.body.classList.contains("compare")) return;
    event.preventDefault();
    const factor = Math.exp(-clamp(event.deltaY, -200, 200) * (event.ctrlKey ? 0.01 : 0.0025));
    const zoom = this.scale() * devicePixelRatio * factor;
    const whole = zoom <= this.fit() * devicePixelRatio && factor < 1;
    this.zoomTo(whole ? null : zoom, ...this.at(event));
  }

  pressed(event) {
    if (event.button !== 0) return;
    const [x, y] = this.at(event);
    const handle = event.target.closest(".handle");
    let grabbed = handle ? Number(handle.dataset.place) : null;
    if (grabbed === null && this.mode === "slide" && !this.enlarged()) grabbed = this.nearest(x);
    this.pointers.set(event.pointerId, { x, y, grabbed });
    this.root.setPointerCapture(event.pointerId);
    if (handle) handle.focus({ preventScroll: true });
    else this.root.focus({ preventScroll: true });
  }

  nearest(x) {
    const far = this.dividers.map((at) => Math.abs(at - this.share(x)));
    return far.length ? far.indexOf(Math.min(...far)) : null;
  }

  // Where a column of the stage lies within what can be seen, as dividers count.
  share(x) {
    const [first, last] = this.visible();
    return (x - first) / Math.max(1, last - first);
  }

  moved(event) {
    const known = this.pointers.get(event.pointerId);
    if (!known) return;
    const [x, y] = this.at(event);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (others.length === 1) this.pinch(known, others[0][1], x, y);
    else if (known.grabbed !== null) this.divide(known.grabbed, this.share(x));
    else this.pan(x - known.x, y - known.y);
    Object.assign(known, { x, y });
  }

  pinch(finger, other, x, y) {
    const span = (a, b) => Math.hypot(a - other.x, b - other.y);
    const factor = span(x, y) / Math.max(1, span(finger.x, finger.y));
    const middle = [(x + other.x) / 2, (y + other.y) / 2];
    this.pan((x - finger.x) / 2, (y - finger.y) / 2);
    this.zoomTo(this.scale() * devicePixelRatio * factor, ...middle);
    if (this.scale() < this.fit()) this.zoomTo(null);
    finger.grabbed = other.grabbed = null;
  }
}
