// Windows of 8 x 8, two pixels apart along rows: transformed, shrunk, put together again.
//
// Planes of a tile lie in memory as even and odd columns, so that windows side by side are lanes
// side by side. A tile begins kMargin pixels to the left of its own first one.
#pragma once
#include "dct.h"
#include "noise.h"

namespace {

constexpr int kMargin = 8;
constexpr float kNothing = 1e20f;  // larger weights leave a scale as it is
constexpr int kChunk = 64;  // windows between two summations: their coefficients stay in the cache
constexpr int kPairs = 256;  // windows of a tile, and pairs of columns
static_assert(kPairs % kChunk == 0 && 2 * kPairs >= kTileColumns + kMargin);
static_assert(kTileColumns % kPatch == 0);  // so that places do not depend on the tile
constexpr int kHalf = kPairs + 16;  // floats of a row's even or odd columns
constexpr int kRow = 2 * kHalf;
constexpr int kBefore = 16;  // windows of the last chunk that are kept

// One or two planes that are shrunk together.
template <int N>
struct Group {
  Component component;
  int step;                // rows from window to window
  const float* from[N];    // rows from `first` on, kRow floats each
  int first, side;         // the first row there is, and the picture's height at this scale
  float* sums[N];          // rows of the tile, kRow floats each
  float* weights;          // rows of the tile, kHalf floats each
};

// Index within 0 .. side - 1 of a place beyond the border: symmetric, the border row twice.
inline int reflected(int at, int side) {
  const int period = 2 * side;
  at %= period;
  if (at < 0) at += period;
  return at < side ? at : period - 1 - at;
}

struct Scratch {
  alignas(64) float rows[2][8][kRow];                     // vertical frequencies
  alignas(64) float sums[8 + 1][kHalf];                   // of columns, for the level of windows
  alignas(64) float parts[2][kFrequencies][kBefore + kChunk];  // what windows add, by frequency row
  alignas(64) float weights[kBefore + kChunk];
};

template <int N>
inline void transform_columns(const Group<N>& group, int y, Scratch& s) {
  for (int n = 0; n < N; ++n) {
    const float* from[8];
    for (int k = 0; k < 8; ++k)
      from[k] = group.from[n] + (reflected(y + k, group.side) - group.first) * kRow;
    for (int i = 0; i < kRow; i += kLanes) {
      Lanes x[8];
      for (int k = 0; k < 8; ++k) x[k] = load(from[k] + i);
      forward(x);
      for (int k = 0; k < 8; ++k) store(&s.rows[n][k][i], x[k]);
    }
  }
}

// Shrinks the windows of `kLanes` places; leaves what they change in `parts`, their weight beside.
//
// A coefficient c becomes c clip(softness (c^2 / t^2 - 1), 0, 1), t its threshold: firm shrinkage
// (Gao and Bruce 1997). The sum is weighted by how few coefficients remain (Guleryuz 2007).
template <int N>
inline void shrink(const float* weights, float softness, Lanes scale, int at, int slot,
                   Scratch& s) {
  alignas(64) float kept[N][kFrequencies][kLanes];
  for (int n = 0; n < N; ++n)
    for (int v = 0; v < 8; ++v) {
      Lanes x[8];
      for (int j = 0; j < 8; ++j) x[j] = load(&s.rows[n][v][(j & 1) * kHalf + at + j / 2]);
      forward(x);
      for (int j = 0; j < 8; ++j) store(kept[n][8 * v + j], x[j]);
    }
  Lanes energy = all(1.0f);
  for (int n = 0; n < N; ++n) store(kept[n][0], all(0.0f));
  for (int f = 1; f < kFrequencies; ++f) {
    Lanes square = all(0.0f);
    for (int n = 0; n < N; ++n) {
      const Lanes c = load(kept[n][f]);
      square = square + c * c;
    }
    const Lanes u = clipped(square * all(weights[f]) * scale - all(softness));
    energy = energy + u * u;
    for (int n = 0; n < N; ++n) {
      const Lanes c = load(kept[n][f]);
      store(kept[n][f], c * u - c);
    }
  }
  const Lanes weight = all(1.0f) / energy;
  store(&s.weights[kBefore + slot], weight);
  for (int n = 0; n < N; ++n)
    for (int v = 0; v < 8; ++v) {
      Lanes x[8];
      for (int j = 0; j < 8; ++j) x[j] = load(kept[n][8 * v + j]) * weight;
      inverse(x);
      for (int j = 0; j < 8; ++j) store(&s.parts[n][8 * v + j][kBefore + slot], x[j]);
    }
}

template <int N>
inline void leave(int slot, Scratch& s) {
  store(&s.weights[kBefore + slot], all(1.0f / kFrequencies));
  for (int n = 0; n < N; ++n)
    for (int f = 0; f < kFrequencies; ++f) store(&s.parts[n][f][kBefore + slot], all(0.0f));
}

// Adds a chunk's windows to the rows of the tile that they cover, then keeps the last ones.
template <int N>
inline void put_together(const Group<N>& group, const Tile& tile, int y, int at, Scratch& s) {
  const int from = tile.top > y ? tile.top - y : 0;
  const int to = tile.bottom < y + 8 ? tile.bottom - y : 8;
  for (int n = 0; n < N; ++n)
    for (int odd = 0; odd < 2; ++odd)
      for (int i = 0; i < kChunk; i += kLanes) {
        Lanes x[8];
        for (int v = 0; v < 8; ++v) {
          const float(*part)[kBefore + kChunk] = s.parts[n] + 8 * v + odd;
          x[v] = load(&part[0][kBefore + i]) + load(&part[2][kBefore + i - 1]) +
                 load(&part[4][kBefore + i - 2]) + load(&part[6][kBefore + i - 3]);
        }
        inverse(x);
        float* sums = group.sums[n] + odd * kHalf + at + i;
        for (int k = from; k < to; ++k) {
          float* sum = sums + (y + k - tile.top) * kRow;
          store(sum, load(sum) + x[k]);
        }
      }
  for (int i = 0; i < kChunk; i += kLanes) {
    const float* w = s.weights + kBefore + i;
    const Lanes weight = load(w) + load(w - 1) + load(w - 2) + load(w - 3);
    for (int k = from; k < to; ++k) {
      float* sum = group.weights + (y + k - tile.top) * kHalf + at + i;
      store(sum, load(sum) + weight);
    }
  }
  std::memcpy(s.weights, s.weights + kChunk, sizeof(float) * kBefore);
  for (int n = 0; n < N; ++n)
    for (int f = 0; f < kFrequencies; ++f)
      std::memcpy(s.parts[n][f], s.parts[n][f] + kChunk, sizeof(float) * kBefore);
}

// Sums over the eight rows of a window row: from them the mean luma of windows.
inline void sum_columns(const float* luma, int first, int side, int y, float* sums) {
  for (int k = 0; k < 8; ++k) {
    const float* row = luma + (reflected(y + k, side) - first) * kRow;
    for (int i = 0; i < kHalf; i += kLanes) {
      const Lanes pair = load(row + i) + load(row + kHalf + i);
      store(sums + i, k ? load(sums + i) + pair : pair);
    }
  }
}

// All windows of a tile, for one plane or two.
template <int N>
void windows(const Plan& plan, const Tile& tile, const Group<N>& group, const float* luma,
             Scratch& s) {
  const float* weights = plan.weights + (2 * tile.scale + group.component) * kFrequencies;
  if (weights[1] > kNothing) return;
  const int pairs = (tile.right - tile.left) / 2 + kMargin / 2 + 1;
  int begin = tile.top - 7;
  begin = begin >= 0 ? (begin + group.step - 1) / group.step * group.step
                     : -(-begin / group.step * group.step);
  alignas(64) float levels[kLevels];
  for (int y = begin; y < tile.bottom; y += group.step) {
    transform_columns(group, y, s);
    sum_columns(luma, group.first, group.side, y, s.sums[0]);
    std::memset(s.weights, 0, sizeof(float) * kBefore);
    for (int n = 0; n < N; ++n)
      for (int f = 0; f < kFrequencies; ++f) std::memset(s.parts[n][f], 0, sizeof(float) * kBefore);
    const float down = place(y + 3, tile.scale, plan.height, plan.grid_height);
    for (int chunk = 0; chunk < kPairs && chunk < pairs; chunk += kChunk) {
      bool noisy = false;
      for (int slot = 0; slot < kChunk; slot += kLanes) {
        const int at = chunk + slot;
        if (slot % (kPatch / 2) == 0) {
          const int middle = tile.left - kMargin + 2 * at + kPatch / 2 + 3;
          const float across = place(middle, tile.scale, plan.width, plan.grid_width);
          noisy = levels_at(plan, group.component, down, across, levels);
        }
        if (!noisy) {
          leave<N>(slot, s);
          continue;
        }
        const float* sum = s.sums[0] + at;
        const Lanes luma_mean =
            (load(sum) + load(sum + 1) + load(sum + 2) + load(sum + 3)) * all(1.0f / 64);
        const Lanes deviation = most(looked_up(levels, luma_mean), 1e-6f);
        shrink<N>(weights, plan.softness, all(1.0f) / (deviation * deviation), at, slot, s);
      }
      put_together(group, tile, y, chunk, s);
    }
  }
}

}  // namespace
