// The hue that pixels had before some stages, for what came out. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

constexpr float kLeastSpread = 2e-5f;  // channels that differ by no more are equal

// Puts a register of pixels at the proportions that its channels had; see hue.py for the formula.
inline void keep_hue(const float* before, float* after) {
  Lanes x[3], y[3];
  load_planes(before, x);
  load_planes(after, y);
  const Lanes least_one = lesser(lesser(x[0], x[1]), x[2]);
  const Lanes greatest = greater(greater(x[0], x[1]), x[2]);
  Lanes low = all(2.0f), high = all(-1.0f);
  for (int c = 0; c < 3; ++c) {
    low = lesser(low, x[c] - least_one <= all(kLeastSpread) ? y[c] : all(2.0f));
    high = greater(high, greatest - x[c] <= all(kLeastSpread) ? y[c] : all(-1.0f));
  }
  const Lanes from = lesser(low, high), spread = greatest - least_one;
  const Lanes slope = all(1.0f) / most(spread, kLeastSpread) * (greater(low, high) - from);
  for (int c = 0; c < 3; ++c) {
    const Lanes kept = clipped(from + slope * (x[c] - least_one));
    store(after + c * kPlane, spread > all(kLeastSpread) ? kept : y[c]);
  }
}

void keep_hue(const Place& place, const float* before, float* after) {
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes)
      keep_hue(before + s * kPlanes + i, after + s * kPlanes + i);
}

}  // namespace
