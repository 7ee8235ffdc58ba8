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

// Twice what the guide's tanh is of, for two registers of pixels, so that each weight is fetched
// half as often. With kGray the second differs from the first by a step of gray, as the samples of
// a block do whose channels are all above black.
template <bool kGray>
inline void guide_two(const Guide& guide, const Lanes one[3], const Lanes two[3], Lanes t[2]) {
  const Lanes step = two[1] - one[1];
  const auto evaluate = [&](const float* unit, Lanes v[2]) {
    v[0] = on_line(unit, one);
    v[1] = kGray ? v[0] + all(unit[4]) * step : on_line(unit, two);
  };
  const float* taken = guide.units + kUnit * (1 + guide.added);
  const float* end = guide.units + kUnit * (1 + guide.hidden);
  Lanes v[2];
  evaluate(guide.units, t);
  for (const float* unit = guide.units + kUnit; unit < taken; unit += kUnit) {
    evaluate(unit, v);
    for (int k = 0; k < 2; ++k) t[k] = t[k] + magnitude(v[k]);
  }
  for (const float* unit = taken; unit < end; unit += kUnit) {
    evaluate(unit, v);
    for (int k = 0; k < 2; ++k) t[k] = t[k] - magnitude(v[k]);
  }
}

// Two registers at a time: two samples of the same places, or neighbors where there is one sample.
void learned_depth(const Guide& guide, const float* planes, const Place& place, float deepest,
                   float* depth) {
  const bool pairs = place.samples > 1;
  const int next = pairs ? kPlanes : kLanes, next_depth = pairs ? kPlane : kLanes;
  for (int s = 0; s < place.samples; s += 2)
    for (int i = 0; i < place.padded; i += pairs ? kLanes : 2 * kLanes) {
      const float* at = planes + s * kPlanes + i;
      float* to = depth + s * kPlane + i;
      Lanes one[3], two[3], t[2];
      load_planes(at, one);
      load_planes(at + next, two);
      pairs && gray_step(one, two) ? guide_two<true>(guide, one, two, t)
                                   : guide_two<false>(guide, one, two, t);
      store(to, logistic(t[0]) * all(deepest));
      store(to + next_depth, logistic(t[1]) * all(deepest));
    }
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
