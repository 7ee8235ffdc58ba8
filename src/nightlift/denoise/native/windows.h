// Windows of 8 x 8, two pixels apart along rows: transformed, shrunk, put together again.
//
// Planes of a tile lie in memory as even and odd columns, so that windows side by side are lanes
// side by side, and hold only the rows that windows in hand touch. A tile begins kMargin pixels to
// the left of its own first one.
#pragma once
#include "dct.h"
#include "noise.h"
#include "pairs.h"

namespace {

constexpr float kNothing = 1e20f;  // larger weights leave a scale as it is
constexpr int kSharing = kPatch / 2;  // windows that share one place
constexpr int kPairs = (kTileColumns / 2 + 5 + kSharing - 1) / kSharing * kSharing;  // windows of a tile
constexpr int kHalf = kPairs + 32;  // floats of a row's even or odd columns
constexpr int kRow = 2 * kHalf;
constexpr int kRing = 16;  // rows of a tile in hand: row y is the one at y % kRing
static_assert(kSharing % kLanes == 0 && kTileColumns % kPatch == 0);

// Index within 0 .. side - 1 of a place beyond the border: symmetric, the border row twice.
inline int reflected(int at, int side) {
  const int period = 2 * side;
  at %= period;
  if (at < 0) at += period;
  return at < side ? at : period - 1 - at;
}

inline int ring(int y) { return y & (kRing - 1); }

// Where the windows of a tile are, and the columns that they see.
struct Frame {
  int left, right;  // of the tile
  int start;        // column of the first window
  int first, end;   // columns that the picture has, from the first window on
  int windows;      // a multiple of kSharing
  Frame(const Tile& tile, int width) : left(tile.columns.first), right(tile.columns.end) {
    start = left - kMargin;
    first = start > 0 ? start : 0;
    end = width < right + kMargin ? width : right + kMargin;
    windows = ((right - left + 1) / 2 + 5 + kSharing - 1) / kSharing * kSharing;
  }
};

struct Memory {
  alignas(64) float from[3][kRing][kRow];
  alignas(64) float sums[3][kRing][kRow];
  alignas(64) float weights[2][kRing][kHalf];
  alignas(64) float means[kHalf];                    // luma of windows
  alignas(64) float rows[2][8][kRow];                // vertical frequencies
  alignas(64) float kept[2][kFrequencies][kLanes];   // rows of windows, by vertical frequency
  alignas(64) float past[2][8][6][kPast];            // the same, weighted, of windows before
  alignas(64) float past_weights[3][kPast];
  alignas(64) float other[3][kTileColumns + 4 * kLanes], middle[kHalf + 2 * kLanes];
  alignas(64) float planes[kPlanes], mixed[kPlanes];
};

// One or two planes that are shrunk together, in the rows of one row of windows.
template <int N>
struct Group {
  Component component;
  int first;               // the first plane
  const float* weights;    // softness over squared thresholds
};

template <int N>
inline void transform_columns(const float* const (&from)[N][8], int at, Memory& m) {
  for (int n = 0; n < N; ++n)
    for (int odd = 0; odd < kRow; odd += kHalf) {
      Lanes x[8];
      for (int k = 0; k < 8; ++k) x[k] = load(from[n][k] + odd + at);
      forward(x);
      for (int k = 0; k < 8; ++k) store(&m.rows[n][k][odd + at], x[k]);
    }
}

// Shrinks kLanes windows; leaves the rows that they change in `kept`, and returns their weight.
//
// A coefficient c becomes c clip(softness (c^2 / t^2 - 1), 0, 1), t its threshold: firm shrinkage
// (Gao and Bruce 1997). The sum is weighted by how few coefficients remain (Guleryuz 2007).
template <int N>
inline Lanes shrink(const float* weights, float softness, Lanes scale, int at, Memory& m) {
  Lanes energy = all(1.0f);
  for (int v = 0; v < 8; ++v) {
    Lanes x[N][8];
    for (int n = 0; n < N; ++n) {
      for (int j = 0; j < 8; ++j) x[n][j] = load(&m.rows[n][v][(j & 1) * kHalf + at + j / 2]);
      forward(x[n]);
    }
    for (int u = 0; u < 8; ++u) {
      if (v == 0 && u == 0) {
        for (int n = 0; n < N; ++n) x[n][0] = all(0.0f);
        continue;
      }
      Lanes square = x[0][u] * x[0][u];
      for (int n = 1; n < N; ++n) square = square + x[n][u] * x[n][u];
      const Lanes share = clipped(square * (all(weights[8 * v + u]) * scale) - all(softness));
      energy = energy + share * share;
      for (int n = 0; n < N; ++n) x[n][u] = x[n][u] * share - x[n][u];
    }
    for (int n = 0; n < N; ++n) {
      inverse(x[n]);
      for (int j = 0; j < 8; ++j) store(m.kept[n][8 * v + j], x[n][j]);
    }
  }
  return all(1.0f) / energy;
}

// Vertical frequencies of even and odd columns: sums over the windows that cover them.
inline Pair overlapped(const float (*kept)[kLanes], float (*past)[kPast], Lanes weight) {
  const auto row = [&](int j) { return load(kept[j]) * weight; };
  return {row(0) + behind<1>(past[0], row(2)) + behind<2>(past[1], row(4)) +
              behind<3>(past[2], row(6)),
          row(1) + behind<1>(past[3], row(3)) + behind<2>(past[4], row(5)) +
              behind<3>(past[5], row(7))};
}

// Adds `kLanes` windows to the rows that they cover, of which the last `step` are new.
template <int N>
inline void put_together(const Group<N>& group, int step, int y, int at, Lanes value, Memory& m) {
  for (int n = 0; n < N; ++n) {
    Lanes x[2][8];
    for (int v = 0; v < 8; ++v) {
      const Pair both = overlapped(m.kept[n] + 8 * v, m.past[n][v], value);
      x[0][v] = both.even, x[1][v] = both.odd;
    }
    for (int odd = 0; odd < 2; ++odd) {
      inverse(x[odd]);
      float(*sums)[kRow] = m.sums[group.first + n];
      for (int k = 0; k < 8; ++k) {
        float* sum = sums[ring(y + k)] + odd * kHalf + at;
        store(sum, k < 8 - step ? load(sum) + x[odd][k] : x[odd][k]);
      }
    }
  }
}

inline void add_weights(Component component, int step, int y, int at, Lanes weight, Memory& m) {
  const Lanes sum = weight + behind<1>(m.past_weights[0], weight) +
                    behind<2>(m.past_weights[1], weight) + behind<3>(m.past_weights[2], weight);
  for (int k = 0; k < 8; ++k) {
    float* to = m.weights[component][ring(y + k)] + at;
    store(to, k < 8 - step ? load(to) + sum : sum);
  }
}

// No change, after windows that made none.
template <int N>
inline void leave(const Group<N>& group, int step, int y, int at, Memory& m) {
  for (int n = 0; n < N; ++n)
    for (int k = 8 - step; k < 8; ++k)
      for (int odd = 0; odd < kRow; odd += kHalf)
        store(m.sums[group.first + n][ring(y + k)] + odd + at, all(0.0f));
}

// One row of windows, for one plane or two.
template <int N>
void window_row(const Plan& plan, const Tile& tile, const Frame& frame, const Group<N>& group,
                int step, int y, Memory& m) {
  const int side = side_at(plan.height, tile.scale);
  const float* from[N][8];
  for (int n = 0; n < N; ++n)
    for (int k = 0; k < 8; ++k)
      from[n][k] = m.from[group.first + n][ring(reflected(y + k, side))];
  std::memset(m.past, 0, N * sizeof m.past[0]);
  std::memset(m.past_weights, 0, sizeof m.past_weights);
  const float down = place(y + 3, tile.scale, plan.height, plan.grid_height);
  alignas(64) float levels[kLevels];
  bool noisy = false;
  int ready = 0, until = 0;
  for (int at = 0; at < frame.windows; at += kLanes) {
    if (at % kSharing == 0) {
      const int middle = frame.start + 2 * at + kPatch / 2 + 3;
      const float across = place(middle, tile.scale, plan.width, plan.grid_width);
      noisy = levels_at(plan, group.component, down, across, levels);
    }
    const Lanes noise = noisy ? looked_up(levels, load(m.means + at)) : all(0.0f);
    const auto still = noise <= all(0.0f);
    Lanes value = all(0.0f), weight = all(1.0f / kFrequencies);
    const bool active = noisy && some(noise);
    if (active) {
      if (ready < at) ready = at;
      for (; ready < at + kLanes + 3; ready += kLanes) transform_columns(from, ready, m);
      const Lanes deviation = most(noise, 1e-6f);
      const Lanes few =
          shrink<N>(group.weights, plan.softness, all(1.0f) / (deviation * deviation), at, m);
      value = still ? value : few;
      weight = still ? weight : few;
      until = at + kLanes + 3;
    }
    if (at < until)
      put_together(group, step, y, at, value, m);
    else
      leave(group, step, y, at, m);
    add_weights(group.component, step, y, at, weight, m);
  }
}

// The mean luma of each window.
inline void find_means(const Frame& frame, int side, int y, Memory& m) {
  const float* from[8];
  for (int k = 0; k < 8; ++k) from[k] = m.from[0][ring(reflected(y + k, side))];
  float* sums = m.middle;
  for (int i = 0; i < frame.windows + kLanes; i += kLanes) {
    Lanes sum = load(from[0] + i) + load(from[0] + kHalf + i);
    for (int k = 1; k < 8; ++k) sum = sum + (load(from[k] + i) + load(from[k] + kHalf + i));
    store(sums + i, sum);
  }
  for (int i = 0; i < frame.windows; i += kLanes)
    store(m.means + i, (load(sums + i) + load(sums + i + 1) + load(sums + i + 2) +
                        load(sums + i + 3)) * all(1.0f / kFrequencies));
}

}  // namespace
