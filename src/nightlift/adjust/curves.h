// What tone tables and curve maps do to a row of a tile. Only kernels.cpp includes this.
#pragma once
#include "kernels.h"
#include "lanes.h"
#include "tables.h"

namespace {

using namespace nightlift;

// A tile's row: `count` pixels from column `left`, in planes kPlane apart, padded to `padded`; or
// so many samples of those places, kPlanes apart.
struct Place {
  int row;
  bool first;  // of this tile: nothing in its scratch memory is valid yet
  int left, count, padded, samples;
  bool bounded = true;      // pixels are from 0 to 1
  float* beyond = nullptr;  // where they are not, and a kind acts within: room for what it leaves
};

inline void load_planes(const float* from, Lanes rgb[3]) {
  for (int c = 0; c < 3; ++c) rgb[c] = load(from + c * kPlane);
}

inline int smaller(int a, int b) { return a < b ? a : b; }

// ---- tone tables

#if defined(NIGHTLIFT_AVX512)

// Of each channel the knots and how far it is to the next one, as planes of their bytes.
constexpr int kTonePlanes = 2 * 4 * kKnots;
constexpr std::size_t kToneScratch = 3 * kTonePlanes / sizeof(float);

void lay_out_knots(const float* table, std::uint8_t* planes) {
  for (int c = 0; c < 3; ++c, planes += kTonePlanes)
    for (int k = 0; k < kKnots; ++k) {
      const float low = table[3 * k + c];
      const float pair[2] = {low, table[3 * smaller(k + 1, kKnots - 1) + c] - low};
      std::uint8_t bytes[sizeof pair];
      std::memcpy(bytes, pair, sizeof pair);
      for (int b = 0; b < static_cast<int>(sizeof pair); ++b) planes[b * kKnots + k] = bytes[b];
    }
}

// Goes up to half a group past `padded`, where a plane has as much room.
void tone_table(const Stage& stage, const Place& place, float* memory, float* planes) {
  auto* knots = reinterpret_cast<std::uint8_t*>(memory);
  if (place.first) lay_out_knots(stage.table, knots);
  for (int p = 0; p < 3 * place.samples; ++p) {
    float* x = planes + p * kPlane;
    const std::uint8_t* own = knots + p % 3 * kTonePlanes;
    for (int i = 0; i < place.padded; i += kGroup) {
      Lanes at[4], low[4], rise[4];
      Index whole[4];
      for (int k = 0; k < 4; ++k) {
        at[k] = load(x + i + k * kLanes) * all(kKnots - 1.0f);
        whole[k] = truncated(at[k]);
      }
      const __m512i entries = packed(whole);
      const FloatTable lows(own), rises(own + 4 * kKnots);
      lows(entries, low);
      rises(entries, rise);
      for (int k = 0; k < 4; ++k)
        store(x + i + k * kLanes, clipped(low[k] + (at[k] - floats(whole[k])) * rise[k]));
    }
  }
}

#else

constexpr std::size_t kToneScratch = 0;

void tone_table(const Stage& stage, const Place& place, float*, float* planes) {
  alignas(64) std::int32_t index[kTile];
  alignas(64) float part[kTile];
  for (int p = 0; p < 3 * place.samples; ++p) {
    float* x = planes + p * kPlane;
    const float* knots = stage.table + p % 3;
    for (int i = 0; i < place.padded; ++i) {
      const float at = x[i] * (kKnots - 1.0f);
      index[i] = smaller(static_cast<std::int32_t>(at), kKnots - 2);
      part[i] = at - static_cast<float>(index[i]);
    }
    for (int i = 0; i < place.padded; ++i) {
      const float* low = knots + 3 * index[i];
      x[i] = low[0] + part[i] * (low[3] - low[0]);
    }
    for (int i = 0; i < place.padded; i += kLanes) store(x + i, clipped(load(x + i)));
  }
}

#endif

// ---- curve maps

// One row of the maps, enlarged to the tile's columns: (3, count, kTile).
struct CurveMemory {
  float* above;
  float* below;
  float* rise;  // below - above
  float* row;   // which row of the maps `above` is; one float, small numbers are exact
  CurveMemory(const Stage& stage, float* memory) {
    const int size = 3 * stage.count * kTile;
    row = memory;
    above = memory + kPad;
    below = above + size;
    rise = below + size;
  }
};

std::size_t curve_scratch(const Stage& stage) {
  return kPad + std::size_t{3} * 3 * static_cast<std::size_t>(stage.count) * kTile;
}

#if defined(NIGHTLIFT_PERMUTES)
// Whether any kLanes neighboring pixels lie between cells that fit into one register.
bool fits_register(const std::int32_t* index, int padded) {
  for (int i = 0; i < padded; i += kLanes)
    if (index[i + kLanes - 1] - index[i] + 2 > kLanes) return false;
  return true;
}

void enlarge(const float* row, int width, const std::int32_t* index, const float* fraction,
             int padded, float* out) {
  alignas(64) float cells[kTile + 2 * kLanes];
  const int first = index[0];
  const int used = index[padded - 1] + 2 - first;
  const int there = smaller(used, width - first);
  for (int x = 0; x < there; ++x) cells[x] = row[3 * (first + x)];
  for (int x = there; x < used + kLanes; ++x) cells[x] = cells[there - 1];
  for (int i = 0; i < padded; i += kLanes) {
    const Lanes table = load(cells + index[i] - first);
    const Index at = load(index + i) - index[i];
    const Lanes low = permuted(table, at);
    store(out + i, low + load(fraction + i) * (permuted(table, at + 1) - low));
  }
}
#endif

void enlarge_any(const float* row, int width, const std::int32_t* index, const float* fraction,
                 int padded, float* out) {
  for (int i = 0; i < padded; ++i) {
    const float low = row[3 * index[i]];
    out[i] = low + fraction[i] * (row[3 * smaller(index[i] + 1, width - 1)] - low);
  }
}

void enlarge_row(const Stage& stage, const Place& place, int y, float* out) {
  const std::int32_t* index = stage.across.index + place.left;
  const float* fraction = stage.across.fraction + place.left;
  auto* one = enlarge_any;
#if defined(NIGHTLIFT_PERMUTES)
  if (fits_register(index, place.padded)) one = enlarge;
#endif
  for (int c = 0; c < 3; ++c)
    for (int k = 0; k < stage.count; ++k) {
      const std::ptrdiff_t line = std::ptrdiff_t{k} * stage.height + y;
      one(stage.maps + line * stage.width * 3 + c, stage.width, index, fraction, place.padded,
          out + (c * stage.count + k) * kTile);
    }
}

void enlarge_rows(const Stage& stage, const Place& place, float* memory) {
  CurveMemory m(stage, memory);
  const int y = stage.down.index[place.row];
  const int size = 3 * stage.count * kTile;
  if (!place.first && static_cast<int>(*m.row) == y) return;
  if (!place.first && static_cast<int>(*m.row) == y - 1)
    std::memcpy(m.above, m.below, sizeof(float) * static_cast<std::size_t>(size));
  else
    enlarge_row(stage, place, y, m.above);
  enlarge_row(stage, place, smaller(y + 1, stage.height - 1), m.below);
  for (int i = 0; i < size; i += kLanes) store(m.rise + i, load(m.below + i) - load(m.above + i));
  *m.row = static_cast<float>(y);
}

// K steps, each with the next of the maps. Two registers at a time: each step waits for the one
// before.
template <int K>
void advance(float* x, int padded, const float* above, const float* rise, float t) {
  for (int i = 0; i < padded; i += 2 * kLanes) {
    Lanes v[2] = {load(x + i), load(x + i + kLanes)};
    for (int k = 0; k < K; ++k)
      for (int j = 0; j < 2; ++j) {
        const int at = k * kTile + i + j * kLanes;
        const Lanes a = load(above + at) + all(t) * load(rise + at);
        v[j] = v[j] + a * (v[j] * v[j] - v[j]);
      }
    for (int j = 0; j < 2; ++j) store(x + i + j * kLanes, clipped(v[j]));
  }
}

// The same where all steps share one map.
void advance_shared(float* x, int padded, const float* above, const float* rise, float t,
                    int steps) {
  for (int i = 0; i < padded; i += 2 * kLanes) {
    Lanes v[2], a[2];
    for (int j = 0; j < 2; ++j) {
      const int at = i + j * kLanes;
      v[j] = load(x + at);
      a[j] = load(above + at) + all(t) * load(rise + at);
    }
    for (int k = 0; k < steps; ++k)
      for (int j = 0; j < 2; ++j) v[j] = v[j] + a[j] * (v[j] * v[j] - v[j]);
    for (int j = 0; j < 2; ++j) store(x + i + j * kLanes, clipped(v[j]));
  }
}

void curve_map(const Stage& stage, const Place& place, float* memory, float* planes) {
  using Advance = void (*)(float*, int, const float*, const float*, float);
  constexpr Advance kAdvance[] = {advance<1>, advance<2>, advance<3>, advance<4>,
                                  advance<5>, advance<6>, advance<7>, advance<8>};
  enlarge_rows(stage, place, memory);
  const CurveMemory m(stage, memory);
  const float t = stage.down.fraction[place.row];
  for (int p = 0; p < 3 * place.samples; ++p) {
    float* x = planes + p * kPlane;
    const int offset = p % 3 * stage.count * kTile;
    if (stage.count == 1) {
      advance_shared(x, place.padded, m.above + offset, m.rise + offset, t, stage.steps);
      continue;
    }
    for (int k = 0; k < stage.count; k += 8)
      kAdvance[smaller(stage.count - k, 8) - 1](x, place.padded, m.above + offset + k * kTile,
                                            m.rise + offset + k * kTile, t);
  }
}

}  // namespace
