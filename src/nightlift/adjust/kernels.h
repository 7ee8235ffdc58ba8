// What binding.cpp asks of the kernels, and what every instruction set offers.
#pragma once
#include <cstddef>
#include <cstdint>

namespace nightlift {

// Pixels a tile is wide: eight expanded curve maps of three channels stay in the first cache.
constexpr int kTile = 256;
// Buffers are padded to this many floats: twice the widest register.
constexpr int kPad = 32;
// Floats from one channel of a tile to the next: a register may be stored past the last pixel.
constexpr int kPlane = kTile + kPad;
constexpr int kPlanes = 3 * kPlane;
constexpr int kKnots = 256;
constexpr int kCurveKnots = 4096;
constexpr int kUnit = 5;  // weights of red, green, blue, and 1; weight of gray

enum class Type { u8, u16, f32 };
enum class Kind {
  tone_table, curve_map, bilateral_grid, light_grid, lut3d, develop, hue_kept, scaled, in_srgb
};

// For each pixel the cell before it and the fraction of the way to the next one. The column axis
// is padded by kTile entries like its last.
struct Axis {
  const std::int32_t* index = nullptr;
  const float* fraction = nullptr;
};

// A learned guide, from 0 to 1: (1 + tanh(t)) / 2 is the logistic function of 2 t. Since 2 w max(p,
// 0) is w p + |w p| or w p - |w p|, 2 t is one line through color plus the sizes of some lines and
// minus those of others.
struct Guide {
  int hidden = 0;                // 0: luma
  int added = 0;                 // units whose size is added; they come first
  const float* units = nullptr;  // the line, then (hidden, kUnit)
};

// From the codes of one RGB to those of another, through linear light: by curves of its own, or by
// sRGB's where there are none, with their signs and beyond 1. `quick`: by a curve near sRGB's.
struct Recoding {
  bool quick = false;
  const float* decode = nullptr;  // (3, kCurveKnots)
  float mixing[9] = {};           // for each channel of light and what the others differ by
  const float* encode = nullptr;  // (3, kCurveKnots), over the root of light
  bool decoded = false;           // it is given light instead of codes, to make sRGB of
};

// One adjustment of a chain. The float arrays are C-contiguous.
struct Stage {
  Kind kind = Kind::tone_table;
  const float* table = nullptr;  // (kKnots, 3); of development (kKnots); of a 3D table (count, 3)
  const float* maps = nullptr;   // (count, height, width, 3)
  const float* cells = nullptr;  // (height, width, bins, 3, 4); of a 3D table (width, width, width, 4)
  const float* gains = nullptr;  // (height, width, bins), in stops
  float color = 1, black = 0;
  int count = 0, steps = 0, height = 0, width = 0, bins = 0;
  float least = 0;  // what an illumination divides by at least; 0 where nothing is divided
  float balance[3] = {1, 1, 1}, saturation = 1;
  Guide guide;
  Axis down, across;
  const Stage* stages = nullptr;  // whose hue is kept, that are scaled, or which act in sRGB
  int stage_count = 0;
  Recoding there, back;
  float strength = 1;
};

// Rows of pixels (height, width, 3) to be put through the stages; `from` and `to` may be equal.
struct Job {
  Type type = Type::u8;
  const char* from = nullptr;
  char* to = nullptr;
  std::ptrdiff_t from_stride = 0, to_stride = 0;  // bytes from row to row
  int height = 0, width = 0;
  float strength = 1;
  const Stage* stages = nullptr;
  int stage_count = 0;
};

// A video frame in Y'CbCr 4:2:0. The job's rows and columns are blocks of two by two pixels; its
// pixels are not looked at.
struct Frame {
  Job job;
  int height = 0, width = 0;  // of luma
  bool fine = false;
  float most = 255;  // the largest code
  const char* from[3] = {};
  char* to[3] = {};
  std::ptrdiff_t from_stride[3] = {}, to_stride[3] = {};
  float to_rgb[12] = {}, to_yuv[12] = {};  // codes to RGB from 0 to 1 and back: rows of weights
};

struct Kernels {
  // Floats of scratch memory that `rows` needs, aligned to 64 bytes.
  std::size_t (*scratch)(const Job&);
  // Puts rows `begin` to `end` through the stages.
  void (*rows)(const Job&, int begin, int end, float* scratch);
  // Looks rows `begin` to `end` up: (3, 256) bytes for u8, (65536, 3) words for u16.
  void (*look_up)(const Job&, const void* table, int begin, int end);
  // The same as the first two, for rows of a frame's blocks.
  std::size_t (*frame_scratch)(const Frame&);
  void (*frame_rows)(const Frame&, int begin, int end, float* scratch);
};

extern const Kernels kernels_baseline;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;

}  // namespace nightlift
