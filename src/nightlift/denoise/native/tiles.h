// Tiles: planes in, from pixels or from planes in memory, and what was taken away out again.
//
// Luma is (R + 2 G + B) / 4, chroma (2 G - R - B) / 4 and (R - B) / 2 (YCoCg, Malvar and Sullivan
// 2003): gray has a chroma of exactly 0, and the way back has no rounded weights.
#pragma once
#include "../../adjust/pixels.h"
#include "windows.h"

namespace {

constexpr int kTileReach = kTileRows + 14;  // rows that the windows of a tile touch
constexpr int kLinear = kTileColumns + 2 * kMargin + 2 * nightlift::kTile;

struct Memory {
  alignas(64) float from[3][kTileReach][kRow];
  alignas(64) float sums[3][kTileRows][kRow];
  alignas(64) float weights[2][kTileRows][kHalf];
  alignas(64) float linear[3][kLinear], other[3][kLinear];
  alignas(64) float planes[kPlanes], mixed[kPlanes];
  Scratch scratch;
};

// Rows that the windows of a tile touch, within the picture.
struct Reach {
  int first, end;
  Reach(const Tile& tile, int side) {
    first = tile.top < 7 ? 0 : tile.top - 7;
    end = tile.bottom + 7 > side ? side : tile.bottom + 7;
  }
};

template <typename T>
void to_planes(const T* from, int count, float* planes, float* mixed) {
  const int padded = (count + nightlift::kPad - 1) / nightlift::kPad * nightlift::kPad;
  read_pixels(from, count, padded, mixed, planes);
  for (int i = 0; i < padded; i += kLanes) {
    const Lanes r = load(planes + i), g = load(planes + kPlane + i);
    const Lanes b = load(planes + 2 * kPlane + i);
    const Lanes sum = r + b, twice = g + g;
    store(planes + i, (twice + sum) * all(0.25f));
    store(planes + kPlane + i, (twice - sum) * all(0.25f));
    store(planes + 2 * kPlane + i, (r - b) * all(0.5f));
  }
}

// Three rows of pixels `left` to `right` as planes, side by side, from `to[.][0]` on.
template <typename T>
void read_row(const T* row, int left, int right, float (*to)[kLinear], Memory& m) {
  for (int x = left; x < right; x += nightlift::kTile) {
    const int count = smaller(right - x, nightlift::kTile);
    to_planes(row + 3 * x, count, m.planes, m.mixed);
    for (int p = 0; p < 3; ++p)
      std::memcpy(to[p] + x - left, m.planes + p * kPlane,
                  sizeof(float) * static_cast<std::size_t>(count));
  }
}

// Adds a row of a coarser plane, enlarged to twice the size, to columns from `left` (even) on:
// bilinear, the border continued.
inline void add_enlarged(const Planes& coarse, int p, int side, int y, int left, int count,
                         float* __restrict middle, float* __restrict to) {
  const int last = halved(side) - 1, near = y / 2;
  const int next = y & 1 ? smaller(near + 1, last) : near > 0 ? near - 1 : 0;
  const float *a = coarse.row(p, near), *b = coarse.row(p, next);
  const int first = left / 2, pairs = (count + 1) / 2, end = coarse.width - 1;
  const int whole = smaller(pairs, end - first + 1);
  for (int i = 0; i < whole; ++i) middle[i + 1] = 0.75f * a[first + i] + 0.25f * b[first + i];
  const int before = first > 0 ? first - 1 : 0, after = smaller(first + pairs, end);
  middle[0] = 0.75f * a[before] + 0.25f * b[before];
  middle[pairs + 1] = 0.75f * a[after] + 0.25f * b[after];
  for (int i = 0; i < pairs; ++i) {
    const float even = 0.75f * middle[i + 1] + 0.25f * middle[i];
    const float odd = 0.75f * middle[i + 1] + 0.25f * middle[i + 2];
    to[2 * i] += even;
    to[2 * i + 1] += odd;
  }
}

// Columns `left` to `right`, the ones of the picture that a tile needs, apart into even and odd,
// those beyond the picture reflected.
inline void part_row(const float* from, int first, int tile_left, int width, float* to) {
  int pair = 0;
  const int start = tile_left - kMargin;
  const auto value = [&](int x) { return from[reflected(x, width) - first]; };
  for (; pair < kMargin / 2 && start + 2 * pair < 0; ++pair) {
    to[pair] = value(start + 2 * pair);
    to[kHalf + pair] = value(start + 2 * pair + 1);
  }
  const int inside = smaller(kHalf, (width - start) / 2);
  const float* source = from + start - first;
  for (int i = pair; i < inside; ++i) to[i] = source[2 * i];
  for (int i = pair; i < inside; ++i) to[kHalf + i] = source[2 * i + 1];
  const int reach = smaller(kHalf, (width - start) / 2 + kMargin);
  for (int i = inside > pair ? inside : pair; i < kHalf; ++i) {
    to[i] = i < reach ? value(start + 2 * i) : 0;
    to[kHalf + i] = i < reach ? value(start + 2 * i + 1) : 0;
  }
}

struct Columns {
  int first, end;
  Columns(const Tile& tile, int width) {
    first = tile.left > kMargin && width > 4 * kMargin ? tile.left - kMargin : 0;
    const int needed = tile.left - kMargin + 2 * kHalf;
    end = width < needed ? width : needed;
    if (end - first < 4 * kMargin) first = end > 4 * kMargin ? (end - 4 * kMargin) / 2 * 2 : 0;
  }
};

// Fills `m.from` by rows that `read(y, columns)` leaves in `m.linear`, and adds what coarser scales
// took.
template <typename Read>
void load_tile(const Plan& plan, const Tile& tile, const Planes* coarse, Memory& m,
               const Read& read) {
  const int height = side_at(plan.height, tile.scale), width = side_at(plan.width, tile.scale);
  const Reach reach(tile, height);
  const Columns columns(tile, width);
  for (int y = reach.first; y < reach.end; ++y) {
    read(y, columns);
    for (int p = 0; p < 3; ++p) {
      if (coarse)
        add_enlarged(*coarse, p, height, y, columns.first, columns.end - columns.first, m.other[p],
                     m.linear[p]);
      part_row(m.linear[p], columns.first, tile.left, width, m.from[p][y - reach.first]);
    }
  }
}

inline void denoise_tile(const Plan& plan, const Tile& tile, Memory& m) {
  const int height = side_at(plan.height, tile.scale);
  const Reach reach(tile, height);
  const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(tile.bottom - tile.top);
  for (int p = 0; p < 3; ++p) std::memset(m.sums[p], 0, bytes * kRow);
  for (int k = 0; k < 2; ++k) std::memset(m.weights[k], 0, bytes * kHalf);
  const float* from[3] = {m.from[0][0], m.from[1][0], m.from[2][0]};
  const Group<1> luma{kLuma,       2,      {from[0]},        reach.first,
                      height,      {m.sums[0][0]}, m.weights[0][0]};
  const Group<2> chroma{kChroma, 4, {from[1], from[2]}, reach.first,
                        height,  {m.sums[1][0], m.sums[2][0]}, m.weights[1][0]};
  windows(plan, tile, luma, from[0], m.scratch);
  windows(plan, tile, chroma, from[0], m.scratch);
}

// A row of the denoised tile in `m.other`: its own planes as the windows saw them, and the change.
inline void finish_row(const Tile& tile, int y, const Reach& reach, Memory& m) {
  const int row = y - tile.top, count = tile.right - tile.left;
  for (int p = 0; p < 3; ++p) {
    float* sums = m.sums[p][row];
    const float* from = m.from[p][y - reach.first];
    const float* weights = m.weights[p > 0][row];
    for (int i = 0; i < kHalf; i += kLanes) {
      const Lanes w = all(1.0f) / most(load(weights + i), 1e-30f);
      store(sums + i, load(from + i) + load(sums + i) * w);
      store(sums + kHalf + i, load(from + kHalf + i) + load(sums + kHalf + i) * w);
    }
    float* to = m.other[p];
    const float* start = sums + kMargin / 2;
    for (int i = 0; 2 * i < count; ++i) {
      to[2 * i] = start[i];
      to[2 * i + 1] = start[kHalf + i];
    }
  }
}

// What is taken from `count` pixels, no more than their own noise may be: in `other`.
inline void bound_change(const Plan& plan, const Tile& tile, int y, Memory& m) {
  const float down = place(y, tile.scale, plan.height, plan.grid_height);
  alignas(64) float levels[2][kLevels];
  for (int x = tile.left; x < tile.right; x += kPatch) {
    const float across = place(x + kPatch / 2, tile.scale, plan.width, plan.grid_width);
    levels_at(plan, kLuma, down, across, levels[kLuma]);
    levels_at(plan, kChroma, down, across, levels[kChroma]);
    for (int i = x - tile.left; i < x - tile.left + kPatch; i += kLanes) {
      const Lanes luma = load(m.linear[0] + i);
      for (int p = 0; p < 3; ++p) {
        const Lanes most_change = looked_up(levels[p > 0], luma) * all(plan.reach);
        const Lanes change = load(m.other[p] + i) - load(m.linear[p] + i);
        const Lanes lowest = -most_change;
        const Lanes above = change > lowest ? change : lowest;
        const Lanes bounded = above < most_change ? above : most_change;
        store(m.other[p] + i, bounded * all(plan.amount));
      }
    }
  }
}

template <typename T>
void write_row(const Tile& tile, const T* row, char* to, Memory& m) {
  T* out = reinterpret_cast<T*>(to);
  for (int x = tile.left; x < tile.right; x += nightlift::kTile) {
    const int count = smaller(tile.right - x, nightlift::kTile);
    const int padded = (count + nightlift::kPad - 1) / nightlift::kPad * nightlift::kPad;
    read_pixels(row + 3 * x, count, padded, m.mixed, m.planes);
    const int offset = x - tile.left;
    for (int i = 0; i < padded; i += kLanes) {
      const Lanes luma = load(m.other[0] + offset + i), green = load(m.other[1] + offset + i);
      const Lanes orange = load(m.other[2] + offset + i);
      const Lanes rest = luma - green;
      float* at = m.planes + i;
      store(at, clipped(load(at) + (rest + orange)));
      store(at + kPlane, clipped(load(at + kPlane) + (luma + green)));
      store(at + 2 * kPlane, clipped(load(at + 2 * kPlane) + (rest - orange)));
    }
    write_pixels(m.planes, count, padded, m.mixed, out + 3 * x);
  }
}

}  // namespace
