// What a 3D lookup table does to a row of a tile: a curve for each channel, then a cube of colors.
// Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

// Four floats, of which three are a color: a register where there is one.
#if defined(__GNUC__)
using Color = float __attribute__((vector_size(16)));
inline Color between(Color low, Color high, float part) { return low + part * (high - low); }
#else
struct Color {
  float v[4];
  float operator[](int c) const { return v[c]; }
};
inline Color between(const Color& low, const Color& high, float part) {
  Color out;
  for (int c = 0; c < 4; ++c) out.v[c] = low.v[c] + part * (high.v[c] - low.v[c]);
  return out;
}
#endif

inline float bounded(float v) { return v > 0.0f ? (v < 1.0f ? v : 1.0f) : 0.0f; }  // NaN is 0

// A channel's curve, whose knots lie three floats apart, at a value from 0 to 1.
inline float curve_at(const float* curve, int knots, float x) {
  const float at = x * static_cast<float>(knots - 1);
  const int below = smaller(static_cast<int>(at), knots - 2);
  const float low = curve[3 * below];
  return bounded(low + (at - static_cast<float>(below)) * (curve[3 * below + 3] - low));
}

inline Color color_at(const float* cube) {
  Color color;
  std::memcpy(&color, cube, sizeof color);
  return color;
}

// The colors between eight neighbors: `cube` is the first of them.
inline Color color_between(const float* cube, int side, const float part[3]) {
  const auto along_red = [&](std::ptrdiff_t from) {
    return between(color_at(cube + from), color_at(cube + from + 4), part[0]);
  };
  const std::ptrdiff_t green = 4 * std::ptrdiff_t{side}, blue = green * side;
  const Color near = between(along_red(0), along_red(green), part[1]);
  const Color far = between(along_red(blue), along_red(blue + green), part[1]);
  return between(near, far, part[2]);
}

void lut3d(const Stage& stage, const Place& place, float* planes) {
  const int side = stage.width;
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; ++i) {
      float* to = planes + s * kPlanes + i;
      float part[3];
      std::ptrdiff_t cell = 0;
      for (int c = 2; c >= 0; --c) {
        float x = bounded(to[c * kPlane]);
        if (stage.table) x = curve_at(stage.table + c, stage.count, x);
        const float at = x * static_cast<float>(side - 1);
        const int below = smaller(static_cast<int>(at), side - 2);
        part[c] = at - static_cast<float>(below);
        cell = cell * side + below;
      }
      const Color color = color_between(stage.cells + 4 * cell, side, part);
      for (int c = 0; c < 3; ++c) to[c * kPlane] = bounded(color[c]);
    }
}

}  // namespace
