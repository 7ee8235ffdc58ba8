// The noise at a place and a level of luma, from the plan's grid. Cells lie as in all bilateral
// grids: the first and last pixel on the first and last cell.
#pragma once
#include "../../adjust/lanes.h"
#include "denoise.h"
#include "pairs.h"

namespace {

using namespace nightlift::denoise;

inline float place(int pixel, int scale, int side, int cells) {
  const float at = (static_cast<float>(pixel) + 0.5f) * static_cast<float>(1 << scale) - 0.5f;
  const int apart = side > 1 ? side - 1 : 1;
  const float cell = at * (static_cast<float>(cells - 1) / static_cast<float>(apart));
  const float last = static_cast<float>(cells - 1);
  return cell < 0 ? 0 : cell < last ? cell : last;
}

// (kLevels) of a place in the grid, bilinear; returns whether there is any noise.
inline bool levels_at(const Plan& plan, Component component, float down, float across,
                      float* levels) {
  const int y = static_cast<int>(down), x = static_cast<int>(across);
  const float fy = down - static_cast<float>(y), fx = across - static_cast<float>(x);
  const int below = (y + 1 < plan.grid_height ? plan.grid_width : 0) * kLevels;
  const int right = x + 1 < plan.grid_width ? kLevels : 0;
  const std::ptrdiff_t cell = y * plan.grid_width + x;
  const float* a = plan.noise[component] + cell * kLevels;
  Lanes sum = all(0.0f);
  for (int i = 0; i < kLevels; i += kLanes) {
    const Lanes p = load(a + i), q = load(a + i + right);
    const Lanes r = load(a + below + i), s = load(a + below + i + right);
    const Lanes upper = p + all(fx) * (q - p), lower = r + all(fx) * (s - r);
    const Lanes level = upper + all(fy) * (lower - upper);
    store(levels + i, level);
    sum = sum + level;
  }
  return some(sum);
}

// Linear between levels.
inline Lanes looked_up(const float* levels, Lanes luma) {
  const Lanes at = clipped(luma) * all(kLevels - 1);
  const Index i = truncated(least(at, kLevels - 1.001f));
  const Lanes f = at - floats(i);
#if defined(NIGHTLIFT_AVX512)
  const Lanes low = load(levels), high = load(levels + 16);
  const auto entry = [&](Index k) -> Lanes {
    return _mm512_permutex2var_ps(low, reinterpret_cast<__m512i>(k), high);
  };
  const Lanes a = entry(i), b = entry(i + 1);
#elif defined(NIGHTLIFT_AVX2)
  const auto k = reinterpret_cast<__m256i>(i);
  const Lanes a = _mm256_i32gather_ps(levels, k, 4), b = _mm256_i32gather_ps(levels + 1, k, 4);
#else
  std::int32_t index[kLanes];
  std::memcpy(index, &i, sizeof index);
  float first[kLanes], second[kLanes];
  for (int k = 0; k < kLanes; ++k) {
    first[k] = levels[index[k]];
    second[k] = levels[index[k] + 1];
  }
  const Lanes a = load(first), b = load(second);
#endif
  return a + f * (b - a);
}

}  // namespace
