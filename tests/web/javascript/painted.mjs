// Adjustments painted by WebGL2 and done by their twins, for test_painting.py; beside the engine.

import { inSpace } from "./adjust/oriented.js";
import { apply } from "./adjust/stages.js";
import * as painting from "./gpu/painting.js";
import { Painter } from "./gpu/painter.js";
import { meaningOf } from "./photo/rgb_space.js";

const KINDS = { float32: Float32Array, uint8: Uint8Array, clamped: Uint8ClampedArray };

export const revived = (text) => JSON.parse(text, (_, value) => {
  if (!value?.$array) return value;
  const bytes = Uint8Array.from(atob(value.data), (letter) => letter.charCodeAt(0));
  return new KINDS[value.$array](bytes.buffer);
});

/** For each adjustment how far values are off, as counts by levels. */
export function compared(text) {
  const { adjustments, rgba, frame, strength, icc } = revived(text);
  const { space } = meaningOf(icc);
  const painter = Painter.open();
  return adjustments.map((adjustment) => {
    const own = inSpace(adjustment, space);
    const painted = painter.painted(rgba, own, frame, strength);
    return painted && counts(painted, done(rgba, own, frame, strength));
  });
}

/** What is made of pixels by a painter that does what `spoiled` does to it, and whether it stays in use. */
export function survived(text, spoiled) {
  const { adjustments: [adjustment], rgba, frame, strength } = revived(text);
  const painter = Painter.open();
  painting.use(painter);
  spoiled(painter);
  const out = rgba.slice();
  painting.adjust(out, adjustment, frame, strength);
  return { off: counts(out, done(rgba, adjustment, frame, strength)), used: painting.used() === painter };
}

/** Whether a painter that is right as told, and slow or quick, is chosen. */
export function chosen({ right, slow }) {
  let made = null; // once: what comes later takes no time
  const painter = { lost: false, painted(rgba, ...how) {
    for (const over = performance.now() + slow; performance.now() < over;);
    made ??= done(rgba, ...how);
    return right ? made : made.map((value) => value ^ 4);
  } };
  Painter.open = () => painter;
  painting.choose();
  return painting.used() === painter;
}

function done(rgba, adjustment, frame, strength) {
  const out = rgba.slice();
  apply(out, adjustment, frame, strength);
  return out;
}

function counts(one, other) {
  const found = new Array(256).fill(0);
  one.forEach((value, i) => { found[Math.abs(value - other[i])] += 1; });
  return found;
}
