// Light grids on pixels whose RGB is not sRGB: the twin of nightlift.adjust.profiled_light.

import { recoding } from "../photo/rgb_space.js";
import { clipped } from "./kinds.js";
import { lifting } from "./light_grid.js";

/**
 * @param {import("./kinds.js").ProfiledLight} profiled
 * @param {import("./kinds.js").Frame} frame
 * @returns {import("./kinds.js").Stage}
 */
export function profiledLight({ light, space, strength }, frame) {
  const there = recoding(space.toSrgb);
  const back = recoding(space.fromSrgb);
  const lifted = lifting(light, frame);
  const before = new Float32Array(3 * frame.columns);
  return {
    row(rgb, y) {
      there(rgb);
      if (strength !== 1) before.set(rgb);
      lifted(rgb, y);
      if (strength !== 1)
        for (let i = 0; i < rgb.length; i++) rgb[i] = before[i] + strength * (rgb[i] - before[i]);
      back(rgb);
      for (let i = 0; i < rgb.length; i++) rgb[i] = clipped(rgb[i]);
    },
  };
}
