// Tiles: planes in, from pixels or from planes in memory, and what was taken away out again, row
// by row.
//
// Luma is (R + 2 G + B) / 4, chroma (2 G - R - B) / 4 and (R - B) / 2 (YCoCg, Malvar and Sullivan
// 2003): gray has a chroma of exactly 0, and the way back has no rounded weights.
#pragma once
#include "../../adjust/pixels.h"
#include "windows.h"

namespace {

constexpr int kLumaStep = 2, kChromaStep = 4;  // rows from window to window

struct Color {
  Lanes luma, green, orange;
};

inline Color color_at(const float* planes) {
  const Lanes r = load(planes), g = load(planes + kPlane), b = load(planes + 2 * kPlane);
  const Lanes sum = r + b, twice = g + g;
  return {(twice + sum) * all(0.25f), (twice - sum) * all(0.25f), (r - b) * all(0.5f)};
}

inline int padded_to(int count, int to) { return (count + to - 1) / to * to; }

template <typename T>
void to_planes(const T* from, int count, float* planes, float* mixed) {
  const int padded = padded_to(count, nightlift::kPad);
  read_pixels(from, count, padded, mixed, planes);
  for (int i = 0; i < padded; i += kLanes) {
    const Color color = color_at(planes + i);
    store(planes + i, color.luma);
    store(planes + kPlane + i, color.green);
    store(planes + 2 * kPlane + i, color.orange);
  }
}

// `count` columns apart into even and odd ones; up to 2 kLanes - 1 more are read.
inline void part(const float* from, int count, float* to) {
  for (int i = 0; 2 * i < count; i += kLanes) {
    const Pair both = parted(load(from + 2 * i), load(from + 2 * i + kLanes));
    store(to + i, both.even);
    store(to + kHalf + i, both.odd);
  }
}

// A row of a coarser plane between its rows, from `middle[0]` on that of the column before `first`;
// the border continued.
inline void mix_rows(const float* a, const float* b, int first, int count, int width,
                     float* middle) {
  const int before = first > 0 ? 0 : 1;
  const int inside = smaller(count, width - first + 1);
  for (int i = before; i < inside; ++i)
    middle[i] = 0.75f * a[first - 1 + i] + 0.25f * b[first - 1 + i];
  if (before) middle[0] = middle[1];
  for (int i = inside; i < count; ++i) middle[i] = middle[inside - 1];
}

// Asks for memory that follows soon, but not in a row.
inline void prefetch(const void* from, std::size_t bytes) {
#if defined(__GNUC__)
  for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(static_cast<const char*>(from) + i);
#else
  (void)from, (void)bytes;
#endif
}

// Adds row y of a coarser plane, enlarged to twice the size, bilinear, to columns from `first` on.
inline void add_enlarged(const Planes& coarse, int p, int side, int width, int y, int first,
                         int count, float* __restrict middle, float* __restrict to) {
  const int last = halved(side) - 1, near = y / 2;
  const int next = y & 1 ? smaller(near + 1, last) : near > 0 ? near - 1 : 0;
  const int pairs = (count + 1) / 2, offset = coarse.columns.first;
  if (y & 1)
    prefetch(coarse.row(p, smaller(near + 2, coarse.rows.end - 1)) + first / 2 - offset,
             sizeof(float) * static_cast<std::size_t>(pairs + 2));
  mix_rows(coarse.row(p, near) - offset, coarse.row(p, next) - offset, first / 2, pairs + 2,
           halved(width), middle);
  for (int i = 0; i < pairs; ++i) {
    const float center = 0.75f * middle[i + 1];
    to[i] += center + 0.25f * middle[i];
    to[kHalf + i] += center + 0.25f * middle[i + 2];
  }
}

// Columns beyond those that there are: reflected at the picture's border, else 0.
inline void fill_row(const Frame& frame, int width, float* row) {
  const auto at = [&](int x) -> float& {
    return row[((x - frame.start) & 1) * kHalf + (x - frame.start) / 2];
  };
  const int stop = frame.right + kMargin;
  if (frame.end & 1) at(frame.end) = 0;
  const int begin = (frame.end - frame.start + 1) / 2;
  const auto bytes = sizeof(float) * static_cast<std::size_t>(frame.windows + kSharing - begin);
  std::memset(row + begin, 0, bytes);
  std::memset(row + kHalf + begin, 0, bytes);
  for (int x = frame.start; x < frame.first; ++x) at(x) = at(reflected(x, width));
  for (int x = frame.end; x < stop; ++x) at(x) = at(reflected(x, width));
}

// Reads row y by `read(y, row of each plane)` and adds what coarser scales took.
template <typename Read>
void load_row(const Plan& plan, const Tile& tile, const Frame& frame, const Planes* coarse, int y,
              const Read& read, Memory& m) {
  const int height = side_at(plan.height, tile.scale), width = side_at(plan.width, tile.scale);
  const int shift = (frame.first - frame.start) / 2;
  float* to[3];
  for (int p = 0; p < 3; ++p) to[p] = m.from[p][ring(y)] + shift;
  read(y, to);
  for (int p = 0; p < 3; ++p) {
    if (coarse)
      add_enlarged(*coarse, p, height, width, y, frame.first, frame.end - frame.first, m.middle,
                   to[p]);
    fill_row(frame, width, m.from[p][ring(y)]);
  }
}

// A row of the denoised tile in `m.other`.
inline void finish_row(const Frame& frame, int y, Memory& m) {
  const int row = ring(y);
  for (int p = 0; p < 3; ++p) {
    const float* from = m.from[p][row] + kMargin / 2;
    const float* sums = m.sums[p][row] + kMargin / 2;
    const float* weights = m.weights[p > 0][row] + kMargin / 2;
    for (int i = 0; 2 * i < frame.right - frame.left; i += kLanes) {
      const Lanes share = all(1.0f) / most(load(weights + i), 1e-30f);
      const Lanes even = load(from + i) + load(sums + i) * share;
      const Lanes odd = load(from + kHalf + i) + load(sums + kHalf + i) * share;
      const Pair both = joined(even, odd);
      store(m.other[p] + 2 * i, both.even);
      store(m.other[p] + 2 * i + kLanes, both.odd);
    }
  }
}

// Denoises a tile: `read` gives its rows, `write(y)` takes them from `m.other`.
template <typename Read, typename Write>
void denoise_tile(const Plan& plan, const Tile& tile, const Planes* coarse, const Read& read,
                  const Write& write, Memory& m) {
  const int side = side_at(plan.height, tile.scale), width = side_at(plan.width, tile.scale);
  const Frame frame(tile, width);
  const float* weights = plan.weights + 2 * tile.scale * kFrequencies;
  const Group<1> luma{kLuma, 0, weights};
  const Group<2> chroma{kChroma, 1, weights + kFrequencies};
  const bool has_luma = luma.weights[1] < kNothing, has_chroma = chroma.weights[1] < kNothing;
  std::memset(m.sums, 0, sizeof m.sums);
  std::memset(m.weights, 0, sizeof m.weights);
  const int top = tile.rows.first, bottom = tile.rows.end;
  int loaded = top < 7 ? 0 : top - 7;
  for (int y = (top - 7) & ~1; y < bottom; y += kLumaStep) {
    int needed = y + 8;
    for (int k = 0; k < 8; ++k)
      if (reflected(y + k, side) >= needed) needed = reflected(y + k, side) + 1;
    for (; loaded < smaller(needed, side); ++loaded)
      load_row(plan, tile, frame, coarse, loaded, read, m);
    if (y + 8 > top) {
      find_means(frame, side, y, m);
      if (has_luma) window_row(plan, tile, frame, luma, kLumaStep, y, m);
      if (has_chroma && y % kChromaStep == 0)
        window_row(plan, tile, frame, chroma, kChromaStep, y, m);
    }
    for (int row = y; row < y + kLumaStep; ++row)
      if (row >= top && row < bottom) {
        finish_row(frame, row, m);
        write(row);
      }
  }
}

}  // namespace
