// Where pixels lie among the bins of a bilateral grid. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

inline Lanes luma(Lanes r, Lanes g, Lanes b) {
  return all(0.299f) * r + all(0.587f) * g + all(0.114f) * b;
}

inline Lanes on_line(const float* w, const Lanes rgb[3]) {
  return all(w[0]) * rgb[0] + (all(w[1]) * rgb[1] + (all(w[2]) * rgb[2] + all(w[3])));
}

inline bool gray_step(const Lanes one[3], const Lanes two[3]) {
  const Lanes step = two[1] - one[1];
  const Lanes off = magnitude(two[0] - one[0] - step) + magnitude(two[2] - one[2] - step);
  return same(off > all(1e-6f), Index{});
}

// Twice what the guide's tanh is of, for several registers of pixels, so that each weight is
// fetched once for all: `evaluate` puts a unit's line through each of them.
template <int kCount, typename Evaluate>
inline void sum_units(const Guide& guide, const Evaluate& evaluate, Lanes t[kCount]) {
  const float* taken = guide.units + kUnit * (1 + guide.added);
  const float* end = guide.units + kUnit * (1 + guide.hidden);
  Lanes v[kCount];
  evaluate(guide.units, t);
  for (const float* unit = guide.units + kUnit; unit < taken; unit += kUnit) {
    evaluate(unit, v);
    for (int k = 0; k < kCount; ++k) t[k] = t[k] + magnitude(v[k]);
  }
  for (const float* unit = taken; unit < end; unit += kUnit) {
    evaluate(unit, v);
    for (int k = 0; k < kCount; ++k) t[k] = t[k] - magnitude(v[k]);
  }
}

template <int kCount>
inline void guide_any(const Guide& guide, const Lanes rgb[kCount][3], Lanes t[kCount]) {
  const auto evaluate = [&](const float* unit, Lanes v[kCount]) {
    for (int k = 0; k < kCount; ++k) v[k] = on_line(unit, rgb[k]);
  };
  sum_units<kCount>(guide, evaluate, t);
}

// The second register differs from the first by a step of gray, as the samples of a block do whose
// channels are all above black.
inline void guide_grays(const Guide& guide, const Lanes rgb[2][3], Lanes t[2]) {
  const Lanes step = rgb[1][1] - rgb[0][1];
  const auto evaluate = [&](const float* unit, Lanes v[2]) {
    v[0] = on_line(unit, rgb[0]);
    v[1] = v[0] + all(unit[4]) * step;
  };
  sum_units<2>(guide, evaluate, t);
}

// Neighboring registers of pixels, as many as there is room for beside the weights. Goes up to half
// a group past `padded`, where a plane has as much room.
void depth_of_pixels(const Guide& guide, const float* planes, int padded, float deepest,
                     float* depth) {
  constexpr int kCount = kLanes == 16 ? 4 : 2;
  for (int i = 0; i < padded; i += kCount * kLanes) {
    Lanes rgb[kCount][3], t[kCount];
    for (int k = 0; k < kCount; ++k) load_planes(planes + i + k * kLanes, rgb[k]);
    guide_any<kCount>(guide, rgb, t);
    for (int k = 0; k < kCount; ++k)
      store(depth + i + k * kLanes, logistic(t[k]) * all(deepest));
  }
}

// Two samples of the same places.
void depth_of_pairs(const Guide& guide, const float* planes, int padded, float deepest,
                    float* depth) {
  for (int i = 0; i < padded; i += kLanes) {
    Lanes rgb[2][3], t[2];
    for (int s = 0; s < 2; ++s) load_planes(planes + s * kPlanes + i, rgb[s]);
    gray_step(rgb[0], rgb[1]) ? guide_grays(guide, rgb, t) : guide_any<2>(guide, rgb, t);
    for (int s = 0; s < 2; ++s) store(depth + s * kPlane + i, logistic(t[s]) * all(deepest));
  }
}

void learned_depth(const Guide& guide, const float* planes, const Place& place, float deepest,
                   float* depth) {
  if (place.samples == 1) return depth_of_pixels(guide, planes, place.padded, deepest, depth);
  for (int s = 0; s < place.samples; s += 2)
    depth_of_pairs(guide, planes + s * kPlanes, place.padded, deepest, depth + s * kPlane);
}

// Where each pixel lies among the bins, 0 to bins - 1.
void find_depth(const Stage& stage, const float* planes, const Place& place, float* depth) {
  const float deepest = static_cast<float>(stage.bins - 1);
  if (stage.guide.hidden > 0) return learned_depth(stage.guide, planes, place, deepest, depth);
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes) {
      Lanes rgb[3];
      load_planes(planes + s * kPlanes + i, rgb);
      store(depth + s * kPlane + i, least(all(deepest) * luma(rgb[0], rgb[1], rgb[2]), deepest));
    }
}

}  // namespace
