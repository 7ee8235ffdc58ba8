// Calls of several functions at once, for the tests beside this file.

import { readFileSync } from "node:fs";

import { whole } from "../../../src/nightlift/web/browser/adjust/axis.js";
import { oriented, inSpace } from "../../../src/nightlift/web/browser/adjust/oriented.js";
import { apply, stageOf } from "../../../src/nightlift/web/browser/adjust/stages.js";
import { coarseChange, denoise, denoisedRows, HALO } from "../../../src/nightlift/web/browser/denoise/denoiser.js";
import { use } from "../../../src/nightlift/web/browser/denoise/kernel.js";
import { measure } from "../../../src/nightlift/web/browser/denoise/measurement.js";
import { blackLevel } from "../../../src/nightlift/web/browser/denoise/noise.js";
import { grain, planOf, visible } from "../../../src/nightlift/web/browser/denoise/plan.js";
import { slopes } from "../../../src/nightlift/web/browser/denoise/slopes.js";
import { developOf } from "../../../src/nightlift/web/browser/edit/controls.js";
import { shareOfSteps } from "../../../src/nightlift/web/browser/edit/darkness.js";
import { appearance, gate } from "../../../src/nightlift/web/browser/edit/gate.js";
import { meaningOf } from "../../../src/nightlift/web/browser/photo/rgb_space.js";
import { smallCopy } from "../../../src/nightlift/web/browser/photo/small_copy.js";

const KERNEL = new URL("../../../src/nightlift/web/browser/denoise/shrink.wasm", import.meta.url);

export function evaluated(adjustments, rgb, height, width) {
  return adjustments.map((adjustment) => {
    const stage = stageOf(adjustment, whole({ height, width }));
    const out = rgb.slice();
    for (let y = 0; y < height; y++)
      stage.row(out.subarray(3 * width * y, 3 * width * (y + 1)), y);
    return out;
  });
}

export function applied(cases, rgba, height, width, strength, icc) {
  const { space } = meaningOf(icc);
  return cases.map(({ adjustment, orientation }) => {
    const out = rgba.slice();
    apply(out, inSpace(oriented(adjustment, orientation), space), whole({ height, width }), strength);
    return out;
  });
}

export function copied(data, height, width, icc, cases) {
  const { space } = meaningOf(icc);
  return cases.map(({ rule, orientation }) =>
    smallCopy({ data, height, width, orientation, space }, rule));
}

export const meant = (icc) => {
  const { converts, wide } = meaningOf(icc);
  return { converts, wide };
};

export const gates = (smalls, adjustment, method) =>
  smalls.map((small) => ({ gate: gate(small, () => adjustment, method), seen: appearance(small, small) }));

export const steps = (seen, adjustment, noise) => shareOfSteps(seen, adjustment, noise);

export const developed = (all) => all.map(developOf);

export const measured = (photo) => {
  const noise = measure(photo);
  return { ...noise, black: blackLevel(noise) };
};

export function planned(noise, adjustment, strength, amount) {
  const steep = slopes(adjustment, strength);
  return { plan: planOf(noise, steep, amount, grain(noise)), visible: visible(noise, steep), slopes: steep };
}

export async function denoised(rgba, size, plan, rows, compiled) {
  await use(compiled ? readFileSync(KERNEL) : null);
  if (!rows) {
    denoise(rgba, whole(size), plan, null);
    return rgba;
  }
  const { height, width } = size;
  const coarse = coarseChange(rgba, size, plan, null);
  const out = new Uint8ClampedArray(rgba.length);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(top + rows, height);
    const first = Math.max(0, top - HALO);
    const last = Math.min(bottom + HALO, height);
    const frame = { ...whole(size), top: first, rows: last - first };
    const seen = rgba.slice(4 * first * width, 4 * last * width);
    out.set(denoisedRows(seen, frame, { top, bottom }, coarse, plan, null), 4 * top * width);
  }
  return out;
}
