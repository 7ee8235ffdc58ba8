// What a light grid does to a row of a tile. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "grid.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

constexpr float kLeast = 1e-12f;  // nothing is divided by less
constexpr float kDull = 0.03f;     // see light_grid.py
constexpr float kVivid = 2.0f;
constexpr float kTurn = 0.7f;

const float* gains_at(const Stage& stage, int y, int x) {
  const int row = smaller(y, stage.height - 1), column = smaller(x, stage.width - 1);
  return stage.gains + (std::ptrdiff_t{row} * stage.width + column) * stage.bins;
}

// Floats of a tile's cells, whole registers of them.
int gains_of_tile(const Stage& stage, int width) {
  return (cells_of_tile(stage, width) * stage.bins + kPad - 1) / kPad * kPad;
}

constexpr int kLightTables = 4 * kLanes;

std::size_t light_scratch(const Stage& stage, int width, int samples) {
  const std::size_t own = kPad + 2 * static_cast<std::size_t>(samples) * kPlane;
  if (bins_in_register(stage, width))
    return own + static_cast<std::size_t>(cells_of_tile(stage, width)) * kLightTables;
  return own + 3 * static_cast<std::size_t>(gains_of_tile(stage, width));
}

// The brightest channel, from 0 to 1.
void find_light(const Place& place, const float* planes, float* light) {
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes) {
      Lanes rgb[3];
      load_planes(planes + s * kPlanes + i, rgb);
      store(light + s * kPlane + i, clipped(greater(greater(rgb[0], rgb[1]), rgb[2])));
    }
}

// Where light lies among the bins, 0 to bins - 1.
inline Lanes depth_of(Lanes light, float deepest) { return root(light) * all(deepest); }

#if defined(NIGHTLIFT_PERMUTES)

// Four registers for the cell at column x between rows y and y + 1, a lane a bin: the gain at row
// y, its slope toward the next bin, and how much both change down to row y + 1.
void lay_out_gains(const Stage& stage, int y, int x, float* tables) {
  const float* above = gains_at(stage, y, x);
  const float* below = gains_at(stage, y + 1, x);
  for (int z = 0; z < kLanes; ++z) {
    const int at = smaller(z, stage.bins - 1), next = smaller(z + 1, stage.bins - 1);
    tables[z] = above[at];
    tables[kLanes + z] = above[next] - above[at];
    tables[2 * kLanes + z] = below[at] - above[at];
    tables[3 * kLanes + z] = (below[next] - below[at]) - (above[next] - above[at]);
  }
}

// Pixels `begin` to `end` of the tile lie between the same cells, `near` and the next one. Writes
// past `end`, up to a register; the next cell's pixels overwrite it.
void gains_of_run(const float* near, float t, const float* fraction, int begin, int end,
                  float deepest, const float* light, float* gains) {
  const auto mixed = [&](const float* at) { return load(at) + all(t) * load(at + 2 * kLanes); };
  const Lanes value = mixed(near), slope = mixed(near + kLanes);
  const Lanes value_across = mixed(near + kLightTables) - value;
  const Lanes slope_across = mixed(near + kLightTables + kLanes) - slope;
  for (int i = begin; i < end; i += kLanes) {
    const Lanes depth = depth_of(load(light + i), deepest), fx = load(fraction + i);
    const Index bin = truncated(depth);
    const Lanes low = permuted(value, bin) + fx * permuted(value_across, bin);
    const Lanes rise = permuted(slope, bin) + fx * permuted(slope_across, bin);
    store(gains + i, low + (depth - floats(bin)) * rise);
  }
}

void gains_by_register(const Stage& stage, const Place& place, float* memory, float* state,
                       const float* light, float* gains) {
  const std::int32_t* index = stage.across.index + place.left;
  const float* fraction = stage.across.fraction + place.left;
  const float deepest = static_cast<float>(stage.bins - 1);
  const int first = index[0];
  const int y = stage.down.index[place.row];
  if (moved(place, y, state))
    for (int x = first; x <= index[place.count - 1] + 1; ++x)
      lay_out_gains(stage, y, x, memory + (x - first) * kLightTables);
  for (int begin = 0, end = 0; begin < place.count; begin = end) {
    end = end_of_run(index, begin, place.count);
    const float* near = memory + (index[begin] - first) * kLightTables;
    for (int s = 0; s < place.samples; ++s)
      gains_of_run(near, stage.down.fraction[place.row], fraction, begin, end, deepest,
                   light + s * kPlane, gains + s * kPlane);
  }
}

#endif

// The same for any number of bins, a pixel at a time.
void gains_by_pixel(const Stage& stage, const Place& place, float* memory, float* state, int width,
                    const float* light, float* gains) {
  const std::int32_t* index = stage.across.index + place.left;
  const float* fraction = stage.across.fraction + place.left;
  const int first = index[0], bins = stage.bins;
  const int size = (index[place.count - 1] + 2 - first) * bins;
  float* value = memory;
  float* rise = value + gains_of_tile(stage, width);
  float* now = rise + gains_of_tile(stage, width);
  const int y = stage.down.index[place.row];
  if (moved(place, y, state))
    for (int i = 0; i < size; ++i) {
      const int x = first + i / bins, z = i % bins;
      value[i] = gains_at(stage, y, x)[z];
      rise[i] = gains_at(stage, y + 1, x)[z] - value[i];
    }
  const float t = stage.down.fraction[place.row];
  for (int i = 0; i < size; i += kLanes) store(now + i, load(value + i) + all(t) * load(rise + i));
  for (int s = 0; s < place.samples; ++s) {
    float* to = gains + s * kPlane;
    for (int i = 0; i < place.padded; i += kLanes)
      store(to + i, depth_of(load(light + s * kPlane + i), static_cast<float>(bins - 1)));
    for (int i = 0; i < place.count; ++i) {
      const int z = smaller(static_cast<int>(to[i]), bins - 2);
      const float fz = to[i] - static_cast<float>(z);
      const float* near = now + (index[i] - first) * bins + z;
      const float* far = near + bins;
      const float here = near[0] + fz * (near[1] - near[0]);
      const float there = far[0] + fz * (far[1] - far[0]);
      to[i] = here + fraction[i] * (there - here);
    }
  }
}

// Lifts a register of pixels by `gain`; see light_grid.py for the formula.
template <bool kNoise, bool kBounded>
inline void light_up(const Stage& stage, Lanes light, Lanes gain, float* planes) {
  Lanes rgb[3];
  load_planes(planes, rgb);
  const Lanes darkest = clipped(lesser(lesser(rgb[0], rgb[1]), rgb[2]));
  const Lanes middle = greater(lesser(rgb[0], rgb[1]), lesser(greater(rgb[0], rgb[1]), rgb[2]));
  const Lanes gray = all(0.5f) * (clipped(middle) + darkest);
  const Lanes saturation = (light - gray) / (light + all(kDull));
  const Lanes vivid = least(all(kVivid) * saturation * saturation, 1.0f);
  Lanes color = all(stage.color) + all(1.0f - stage.color) * vivid;
  if (kNoise) {
    const Lanes square = light * light;
    const Lanes signal = square / most(square + all(stage.black * stage.black), kLeast);
    gain = most(gain, 0.0f) * signal + least(gain, 0.0f);
    color = color * signal;
  }
  const Lanes lift = power_of_two(gain);
  const Lanes ratio = lift / (all(1.0f) + (lift - all(1.0f)) * light);
  const Lanes over = ratio - all(1.0f);
  const Lanes scale = ratio < all(1.0f) ? ratio : all(1.0f) + color * over;
  const Lanes added = most(light * (ratio - scale), 0.0f);
  const Lanes turn = all(kTurn) * darkest * most(scale - all(1.0f), 0.0f) /
                     most(light * light, kLeast);
  for (int c = 0; c < 3; ++c) {
    const Lanes spread = (light - rgb[c]) * (rgb[c] - darkest);
    const Lanes out = scale * rgb[c] + added + turn * spread;
    store(planes + c * kPlane, kBounded ? least(out, 1.0f) : out);
  }
}

template <bool kNoise, bool kBounded>
void light_up_all(const Stage& stage, const Place& place, const float* light, const float* gains,
                  float* planes) {
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes)
      light_up<kNoise, kBounded>(stage, load(light + s * kPlane + i), load(gains + s * kPlane + i),
                                 planes + s * kPlanes + i);
}

void light_grid(const Stage& stage, const Place& place, int width, float* memory, float* planes) {
  float* state = memory;
  float* light = memory + kPad;
  float* gains = light + place.samples * kPlane;
  float* rest = gains + place.samples * kPlane;
  find_light(place, planes, light);
#if defined(NIGHTLIFT_PERMUTES)
  if (bins_in_register(stage, width))
    gains_by_register(stage, place, rest, state, light, gains);
  else
#endif
    gains_by_pixel(stage, place, rest, state, width, light, gains);
  constexpr auto plain = light_up_all<false, true>, open = light_up_all<false, false>;
  constexpr auto noisy = light_up_all<true, true>, noisy_open = light_up_all<true, false>;
  const bool noise = stage.black > 0;
  const auto run = place.bounded ? (noise ? noisy : plain) : (noise ? noisy_open : open);
  run(stage, place, light, gains, planes);
}

}  // namespace
