// What development does to a row of a tile: white balance, a curve of brightness, saturation. Only
// kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

constexpr float kDim = 4.0f / 255;   // as in develop.py
constexpr float kTiny = 1e-9f;
constexpr float kLuma[3] = {0.299f, 0.587f, 0.114f};

inline Lanes lowest(const Lanes v[3]) {
  const Lanes a = v[0] < v[1] ? v[0] : v[1];
  return a < v[2] ? a : v[2];
}

inline Lanes highest(const Lanes v[3]) {
  const Lanes a = v[0] > v[1] ? v[0] : v[1];
  return a > v[2] ? a : v[2];
}

// The curve with knots at i / 255, at values from 0 to 1.
inline Lanes curved(const float* curve, Lanes at) {
  at = at * all(kKnots - 1.0f);
  float low[kLanes], rise[kLanes], whole[kLanes];
  store(whole, at);
  for (int k = 0; k < kLanes; ++k) {
    const int knot = smaller(static_cast<int>(whole[k]), kKnots - 2);
    low[k] = curve[knot];
    rise[k] = curve[knot + 1] - curve[knot];
    whole[k] = static_cast<float>(knot);
  }
  return load(low) + (at - load(whole)) * load(rise);
}

inline void saturate(float saturation, Lanes x[3]) {
  const Lanes one = all(1.0f);
  const Lanes luma = all(kLuma[0]) * x[0] + all(kLuma[1]) * x[1] + all(kLuma[2]) * x[2];
  const Lanes up = (one - luma) / most(highest(x) - luma, kTiny);
  const Lanes down = luma / most(luma - lowest(x), kTiny);
  const Lanes room = most(up < down ? up : down, 1.0f);
  const Lanes factor = least(room, saturation);
  for (int c = 0; c < 3; ++c) x[c] = luma + factor * (x[c] - luma);
}

void develop(const Stage& stage, const Place& place, float* planes) {
  const Lanes one = all(1.0f);
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes) {
      float* to = planes + s * kPlanes + i;
      Lanes x[3];
      load_planes(to, x);
      for (int c = 0; c < 3; ++c) x[c] = lesser(x[c] * all(stage.balance[c]), most(x[c], 1.0f));
      const Lanes m = clipped(highest(x)), t = curved(stage.table, m);
      const Lanes ratio = t / most(m, kTiny), square = m * m;
      const Lanes signal = square / (square + all(kDim * kDim));
      const Lanes scale = t < m ? ratio : one + signal * (ratio - one);
      for (int c = 0; c < 3; ++c) x[c] = t - scale * (m - x[c]);
      if (stage.saturation != 1.0f) saturate(stage.saturation, x);
      for (int c = 0; c < 3; ++c) store(to + c * kPlane, place.bounded ? clipped(x[c]) : x[c]);
    }
}

}  // namespace
