// Energies of the windows of a patch, by scale and band: what a photo's noise is measured by.
#pragma once
#include "tiles.h"

namespace {

constexpr int kWindows = kWindowsAlong * kWindowsAlong;

// All that is needed for one patch at a time; rows are kPatchSide apart.
struct PatchMemory {
  alignas(64) float planes[3][kPatchSide * kPatchSide + kLanes];
  alignas(64) float rows[kWindowsAlong * 8 * kPatchSide];  // vertical frequencies of windows
  alignas(64) float bands[kBands][kWindows + kLanes];
  alignas(64) std::int32_t starts[kWindows + kLanes];  // of each window in `rows`
  alignas(64) float row[kPlanes], mixed[kPlanes];
};

template <typename T>
void load_patch(const Patch& patch, int height, int width, PatchMemory& m) {
  for (int y = 0; y < height; ++y) {
    to_planes(reinterpret_cast<const T*>(patch.data + y * patch.stride), width, m.row, m.mixed);
    for (int p = 0; p < 3; ++p)
      std::memcpy(m.planes[p] + y * kPatchSide, m.row + p * kPlane,
                  sizeof(float) * static_cast<std::size_t>(width));
  }
}

// Means over 2 x 2, in place; an odd last row or column is left out.
inline void halve_patch(int height, int width, PatchMemory& m) {
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < height / 2; ++y) {
      const float *a = m.planes[p] + 2 * y * kPatchSide, *b = a + kPatchSide;
      float* to = m.planes[p] + y * kPatchSide;
      for (int x = 0; x < width / 2; ++x)
        to[x] = 0.25f * ((a[2 * x] + b[2 * x]) + (a[2 * x + 1] + b[2 * x + 1]));
    }
}

// Windows of one plane of a patch at one scale.
struct Layout {
  int down, across, step, width;
  int count() const { return down * across; }
};

inline void find_starts(const Layout& layout, PatchMemory& m) {
  for (int i = 0; i < layout.count() + kLanes; ++i) {
    const int at = i < layout.count() ? i : 0;
    m.starts[i] = at / layout.across * 8 * kPatchSide + at % layout.across * layout.step;
  }
}

inline void transform_rows(const Layout& layout, const float* plane, float* rows) {
  for (int k = 0; k < layout.down; ++k)
    for (int i = 0; i < layout.width; i += kLanes) {
      Lanes x[8];
      for (int y = 0; y < 8; ++y) x[y] = load(plane + (k * layout.step + y) * kPatchSide + i);
      forward(x);
      for (int v = 0; v < 8; ++v) store(rows + (8 * k + v) * kPatchSide + i, x[v]);
    }
}

// Adds the squares of coefficients to the sum of the band that each is in.
inline void add_squares(const Measuring& how, const Layout& layout, PatchMemory& m) {
  for (int at = 0; at < layout.count(); at += kLanes)
    for (int v = 0; v < 8; ++v) {
      Lanes x[8];
      for (int j = 0; j < 8; ++j)
        x[j] = gathered(m.rows + v * kPatchSide + j, load(m.starts + at));
      forward(x);
      for (int u = 0; u < 8; ++u) {
        const int band = how.bands[8 * v + u];
        if (band >= 0) store(m.bands[band] + at, load(m.bands[band] + at) + x[u] * x[u]);
      }
    }
}

// The mean luma of each window, of a sum that is exact: levels are compared.
inline void find_levels(const Layout& layout, const float* luma, Energies* to) {
  for (int k = 0; k < layout.down; ++k) {
    double columns[kPatchSide] = {};
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < layout.width; ++x)
        columns[x] += static_cast<double>(luma[(k * layout.step + y) * kPatchSide + x]);
    for (int i = 0; i < layout.across; ++i) {
      double sum = 0;
      for (int x = 0; x < 8; ++x) sum += columns[i * layout.step + x];
      to[k * layout.across + i].level = static_cast<float>(sum / kFrequencies);
    }
  }
}

inline void find_energies(const Measuring& how, const Layout& layout, PatchMemory& m,
                          Energies* to) {
  find_starts(layout, m);
  find_levels(layout, m.planes[0], to);
  for (int p = 0; p < 3; ++p) {
    if (p < 2) std::memset(m.bands, 0, sizeof m.bands);
    transform_rows(layout, m.planes[p], m.rows);
    add_squares(how, layout, m);
    if (p == 1) continue;  // both planes of chroma together
    for (int i = 0; i < layout.count(); ++i)
      for (int b = 0; b < kBands; ++b) to[i].bands[p > 0][b] = m.bands[b][i];
  }
}

std::size_t patch_scratch() { return (sizeof(PatchMemory) + 64) / sizeof(float); }

void energies(const Measuring& how, const Patch& patch, float* scratch, Energies* const* to) {
  PatchMemory& m = *reinterpret_cast<PatchMemory*>(scratch);
  int height = how.height, width = how.width;
  switch (patch.type) {
    case Type::u8: load_patch<std::uint8_t>(patch, height, width, m); break;
    case Type::u16: load_patch<std::uint16_t>(patch, height, width, m); break;
    case Type::f32: load_patch<float>(patch, height, width, m); break;
  }
  for (int s = 0; s < how.scales; ++s) {
    const int step = how.steps[s];
    const Layout layout{windows_along(height, step), windows_along(width, step), step, width};
    find_energies(how, layout, m, to[s]);
    halve_patch(height, width, m);
    height /= 2, width /= 2;
  }
}

}  // namespace
