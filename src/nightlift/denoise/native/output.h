// What is taken from pixels, no more than their own noise may be, and the pixels written.
#pragma once
#include "tiles.h"

namespace {

// What is taken from kLanes values of a plane.
inline Lanes bounded(const Plan& plan, Component of, Lanes change, Lanes noise) {
  const Lanes most_change = noise * all(plan.reach), lowest = -most_change;
  const Lanes above = change > lowest ? change : lowest;
  return (above < most_change ? above : most_change) * all(plan.amounts[of]);
}

// Changes up to kPatch pixels in `planes` to the denoised ones from `at` on in `m.other`.
inline void change_patch(const Plan& plan, const float (*levels)[kLevels], int at, float* planes,
                         const Memory& m) {
  for (int i = 0; i < kPatch; i += kLanes) {
    float* to = planes + i;
    const Color own = color_at(to);
    const Lanes lighter = load(m.other[0] + at + i) - own.luma;
    // A black speck has no noise of its own, but is that of what is around it.
    const Lanes toward = own.luma + most(lighter, 0.0f) * all(0.5f);
    const Lanes noise = looked_up(levels[kChroma], toward);
    const Lanes luma = bounded(plan, kLuma, lighter, looked_up(levels[kLuma], toward));
    const Lanes green = bounded(plan, kChroma, load(m.other[1] + at + i) - own.green, noise);
    const Lanes orange = bounded(plan, kChroma, load(m.other[2] + at + i) - own.orange, noise);
    const Lanes rest = luma - green;
    store(to, clipped(load(to) + (rest + orange)));
    store(to + kPlane, clipped(load(to + kPlane) + (luma + green)));
    store(to + 2 * kPlane, clipped(load(to + 2 * kPlane) + (rest - orange)));
  }
}

// Row y of a tile, denoised in `m.other`, from pixels `row` to pixels `to` of the whole width.
template <typename T>
void write_row(const Plan& plan, const Tile& tile, int y, const T* row, T* to, Memory& m) {
  const int left = tile.columns.first, right = tile.columns.end;
  const float down = place(y, tile.scale, plan.height, plan.grid_height);
  alignas(64) float levels[2][kLevels];
  for (int x = left; x < right; x += nightlift::kTile) {
    const int count = smaller(right - x, nightlift::kTile);
    const int padded = padded_to(count, nightlift::kPad);
    read_pixels(row + 3 * x, count, padded, m.mixed, m.planes);
    for (int i = 0; i < count; i += kPatch) {
      const float across = place(x + i + kPatch / 2, tile.scale, plan.width, plan.grid_width);
      const bool luma = levels_at(plan, kLuma, down, across, levels[kLuma]);
      const bool chroma = levels_at(plan, kChroma, down, across, levels[kChroma]);
      if (luma || chroma) change_patch(plan, levels, x + i - left, m.planes + i, m);
    }
    write_pixels(m.planes, count, padded, m.mixed, to + 3 * x);
  }
}

}  // namespace
