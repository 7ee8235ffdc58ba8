// What binding.cpp asks of the denoiser, and what every instruction set offers.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../../adjust/kernels.h"

namespace nightlift::denoise {

using nightlift::Type;

constexpr int kLevels = 32;  // noise is told for so many levels of luma, evenly spaced from 0 to 1
constexpr int kFrequencies = 64;
constexpr int kMostScales = 5;
constexpr int kBands = 4;
constexpr int kPatchSide = 64;
constexpr int kWindowsAlong = 8;  // a side of a patch, at most
constexpr int kPatch = 32;          // pixels along a row that share one place in the grid of noise
constexpr int kTileColumns = 544;   // at most
constexpr int kMargin = 8;          // columns beyond a tile's own that its windows touch, at most
constexpr int kReach = 7;           // and rows

enum Component { kLuma, kChroma };

// Noise and how much of it is taken away, by place. All arrays are C-contiguous.
struct Plan {
  int height = 0, width = 0;  // of the photo
  int scales = 0;
  int grid_height = 0, grid_width = 0;
  const float* noise[2] = {};  // deviations by component: (grid_height, grid_width, kLevels)
  const float* weights = nullptr;  // (scales, 2, kFrequencies): softness over squared thresholds
  float softness = 0;            // see windows.h
  float reach = 0;               // no pixel moves by more than so many deviations
  float amounts[2] = {1, 1};     // by component
};

struct Span {
  int first, end;
  int size() const { return end - first; }
};

// A part of three planes at one scale: luma and two of chroma.
struct Planes {
  Span rows{0, 0}, columns{0, 0};
  std::ptrdiff_t stride = 0;  // floats from row to row: registers may be read and stored past the end
  float* data[3] = {};
  float* row(int plane, int y) const { return data[plane] + (y - rows.first) * stride; }
};

// Pixels of the photo, packed rows of them from row `first` on.
struct Strip {
  Type type = Type::u8;
  const char* const* rows = nullptr;
  int first = 0;
};

// Pixels (kPatchSide, kPatchSide, 3) at most.
struct Patch {
  Type type = Type::u8;
  const char* data = nullptr;
  std::ptrdiff_t stride = 0;  // bytes from row to row
};

// Columns begin at multiples of kPatch, so that what pixels share does not depend on the tile.
struct Tile {
  int scale;
  Span rows, columns;
};

// How patches of a photo are measured, of kPatchSide pixels along each side at most.
struct Measuring {
  int height = 0, width = 0;  // of a patch
  int scales = 0;
  int steps[kMostScales] = {};  // pixels from window to window at each scale
  int bands[kFrequencies] = {};  // which one a frequency is in, or -1
};

// What is known of a window: its mean luma, and the sums of squares of its coefficients by band,
// of luma and of chroma.
struct Energies {
  float level;
  float bands[2][kBands];
};

inline int windows_along(int side, int step) { return (side - 8) / step + 1; }

struct Denoise {
  // Floats of scratch memory that `tile` needs, aligned to 64 bytes.
  std::size_t (*scratch)();
  // The halved planes, from the pixels or from planes of twice the size.
  void (*halve_pixels)(const Plan&, const Strip&, const Planes& half);
  void (*halve_planes)(const Planes& whole, int height, int width, const Planes& half);
  // Denoises a tile of planes; `coarse` is what was taken from those of half the size (or null).
  void (*planes)(const Plan&, const Tile&, const Planes& from, const Planes* coarse,
                 const Planes& taken, float* scratch);
  // Denoises a tile of pixels; `to` starts with the tile's first row.
  void (*pixels)(const Plan&, const Tile&, const Strip& from, const Planes* coarse, char* to,
                 std::ptrdiff_t to_stride, float* scratch);
  // The windows of a patch, rows first, at each scale; `patch_scratch` floats are needed.
  std::size_t (*patch_scratch)();
  void (*energies)(const Measuring&, const Patch& patch, float* scratch, Energies* const* to);
};

extern const Denoise denoise_baseline;
extern const Denoise denoise_avx2;
extern const Denoise denoise_avx512;

// Sides of a picture whose pixels are means over 2 x 2 of one of this size.
inline int halved(int side) { return (side + 1) / 2; }
inline int side_at(int side, int scale) {
  for (; scale > 0; --scale) side = halved(side);
  return side;
}

}  // namespace nightlift::denoise
