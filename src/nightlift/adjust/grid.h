// What a bilateral grid does to a row of a tile. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "guide.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

constexpr int kModel = 12;   // coefficients of an affine model
constexpr int kMatrix = 16;  // the same in columns of four, the fourth row empty
constexpr float kOffset = 1e-4f;

// Cells that a tile's columns may lie between, and one more.
int cells_of_tile(const Stage& stage, int width) {
  const int columns = smaller(width, kTile);
  const int step = (stage.width - 1) / (width > 1 ? width - 1 : 1) + 1;
  return smaller(stage.width, columns * step) + 1;
}

// Whether the bins of a coefficient fit into one register, and cells are wide enough for that to
// be worth while.
bool bins_in_register(const Stage& stage, int width) {
#if defined(NIGHTLIFT_PERMUTES)
  return stage.bins <= kLanes && width >= 8 * (stage.width - 1);
#else
  return (void)stage, (void)width, false;
#endif
}

// For each cell of the tile, what is kept while the row of cells stays the same: `value` at the
// row of cells above, and `rise` to the row below.
constexpr int kTables = 4 * kModel * kLanes;  // in registers: value, rise, and both slopes in z

std::size_t grid_scratch(const Stage& stage, int width, int samples) {
  const std::size_t own = kPad + static_cast<std::size_t>(samples) * kPlane;
  const auto cells = static_cast<std::size_t>(cells_of_tile(stage, width));
  if (bins_in_register(stage, width)) return own + cells * kTables + kTables;
  return own + 3 * cells * static_cast<std::size_t>(stage.bins) * kMatrix;
}

// `least` is what the illumination divides by at least; of affine models it is 0.
inline Lanes finished(Lanes value, Lanes pixel, bool divide, float least) {
  return clipped(divide ? pixel / most(value + all(kOffset), least) : value);
}

const float* cell_at(const Stage& stage, int y, int x) {
  const std::ptrdiff_t cell =
      std::ptrdiff_t{smaller(y, stage.height - 1)} * stage.width + smaller(x, stage.width - 1);
  return stage.cells + cell * stage.bins * kModel;
}

// Whether the row of cells is another one than before; remembers it.
bool moved(const Place& place, int y, float* memory) {
  const bool same = !place.first && static_cast<int>(*memory) == y;
  *memory = static_cast<float>(y);
  return !same;
}

#if defined(NIGHTLIFT_PERMUTES)

// Four tables of kModel registers for the cell at column x between rows y and y + 1, a lane a bin:
// the value at row y, its slope toward the next bin, and how much both change down to row y + 1.
void lay_out(const Stage& stage, int y, int x, float* tables) {
  constexpr int kTable = kModel * kLanes;
  const float* above = cell_at(stage, y, x);
  const float* below = cell_at(stage, y + 1, x);
  for (int c = 0; c < kModel; ++c)
    for (int z = 0; z < kLanes; ++z) {
      const int at = smaller(z, stage.bins - 1) * kModel + c;
      const int next = smaller(z + 1, stage.bins - 1) * kModel + c;
      float* to = tables + c * kLanes + z;
      to[0] = above[at];
      to[kTable] = above[next] - above[at];
      to[2 * kTable] = below[at] - above[at];
      to[3 * kTable] = (below[next] - below[at]) - (above[next] - above[at]);
    }
}

// The tables of one cell at the fraction t between its rows: value, slope in z, and how much both
// change across to the next cell, interleaved a coefficient.
void mix(const float* near, const float* far, float t, float* out) {
  constexpr int kTable = kModel * kLanes;
  for (int c = 0; c < kModel; ++c)
    for (int slope = 0; slope < 2; ++slope) {
      const int at = slope * kTable + c * kLanes;
      const Lanes here = load(near + at) + all(t) * load(near + at + 2 * kTable);
      const Lanes there = load(far + at) + all(t) * load(far + at + 2 * kTable);
      store(out + (4 * c + slope) * kLanes, here);
      store(out + (4 * c + slope + 2) * kLanes, there - here);
    }
}

// What a table holds for each pixel's bin. Where all share one, no permutation is needed.
template <bool kOneBin>
inline Lanes entries(const float* table, Index bin) {
  return kOneBin ? all(table[bin[0]]) : permuted(load(table), bin);
}

// A register of places, whose kSamples samples lie in the same bins: what the tables hold is
// fetched and mixed once for all of them.
template <bool kDivide, int kSamples, bool kOneBin>
inline void slice(const float* tables, const float* depth, Lanes fx, const float* planes,
                  float* out, float least) {
  Lanes fz[kSamples], rgb[kSamples][3];
  const Index bin = truncated(load(depth));
  for (int s = 0; s < kSamples; ++s) {
    fz[s] = load(depth + s * kPlane) - floats(bin);
    load_planes(planes + s * kPlanes, rgb[s]);
  }
  for (int o = 0; o < 3; ++o) {
    Lanes value[kSamples], slope[kSamples];
    for (int j = 3; j >= 0; --j) {
      const float* at = tables + 4 * (4 * o + j) * kLanes;
      const auto across = [&](const float* table) {
        return entries<kOneBin>(table, bin) + fx * entries<kOneBin>(table + 2 * kLanes, bin);
      };
      const Lanes here = across(at), steep = across(at + kLanes);
      for (int s = 0; s < kSamples; ++s) {
        value[s] = j == 3 ? here : value[s] + here * rgb[s][j];
        slope[s] = j == 3 ? steep : slope[s] + steep * rgb[s][j];
      }
    }
    for (int s = 0; s < kSamples; ++s)
      store(out + s * kPlanes + o * kPlane,
            finished(value[s] + fz[s] * slope[s], rgb[s][o], kDivide, least));
  }
}

// Neighbors mostly share a bin; the permutations of narrow registers cost too little to ask.
template <bool kDivide, int kSamples>
inline void slice(const float* tables, const float* depth, Lanes fx, const float* planes,
                  float* out, float least) {
  const Index bin = truncated(load(depth));
  kLanes == 16 && same(bin, bin[0] - Index{})
      ? slice<kDivide, kSamples, true>(tables, depth, fx, planes, out, least)
      : slice<kDivide, kSamples, false>(tables, depth, fx, planes, out, least);
}

// Pixels `begin` to `end` of the tile lie between the same cells. Writes past `end`, up to a
// register; the next cell's pixels overwrite it.
template <bool kDivide>
void slice_run(const float* tables, const float* depth, const float* fraction, int begin, int end,
               int samples, const float* planes, float* out, float least) {
  for (int i = begin; i < end; i += kLanes)
    for (int s = 0; s < samples; ++s) {
      const float* z = depth + s * kPlane + i;
      const int at = s * kPlanes + i;
      if (s + 1 < samples && same(truncated(load(z)), truncated(load(z + kPlane)))) {
        slice<kDivide, 2>(tables, z, load(fraction + i), planes + at, out + at, least);
        ++s;
      } else {
        slice<kDivide, 1>(tables, z, load(fraction + i), planes + at, out + at, least);
      }
    }
}

// Where the pixels between the same cells as pixel `begin` end; cells only increase.
int end_of_run(const std::int32_t* index, int begin, int count) {
  int inside = begin, end = count;
  if (index[count - 1] == index[begin]) return count;  // as in most tiles
  while (end - inside > 1) {
    const int middle = inside + (end - inside) / 2;
    (index[middle] == index[begin] ? inside : end) = middle;
  }
  return end;
}

void slice_by_register(const Stage& stage, const Place& place, const float* depth, float* memory,
                       float* state, const float* planes, float* out) {
  const std::int32_t* index = stage.across.index + place.left;
  const float* fraction = stage.across.fraction + place.left;
  const int first = index[0];
  const int y = stage.down.index[place.row];
  if (moved(place, y, state))
    for (int x = first; x <= index[place.count - 1] + 1; ++x)
      lay_out(stage, y, x, memory + kTables + (x - first) * kTables);
  auto* run = stage.least > 0 ? slice_run<true> : slice_run<false>;
  for (int begin = 0, end = 0; begin < place.count; begin = end) {
    end = end_of_run(index, begin, place.count);
    const float* near = memory + kTables + (index[begin] - first) * kTables;
    mix(near, near + kTables, stage.down.fraction[place.row], memory);
    run(memory, depth, fraction, begin, end, place.samples, planes, out, stage.least);
  }
}

#endif

// The same for any number of bins, a pixel at a time: models as columns of four, so that a
// register holds as many of a model's sixteen numbers as it can.
void lay_out_matrices(const Stage& stage, int y, int x, float* value, float* rise) {
  const float* above = cell_at(stage, y, x);
  const float* below = cell_at(stage, y + 1, x);
  for (int z = 0; z < stage.bins; ++z)
    for (int j = 0; j < 4; ++j)
      for (int o = 0; o < 4; ++o) {
        const int at = z * kModel + 4 * o + j;
        value[z * kMatrix + 4 * j + o] = o < 3 ? above[at] : 0.0f;
        rise[z * kMatrix + 4 * j + o] = o < 3 ? below[at] - above[at] : 0.0f;
      }
}

inline void mix_matrices(const float* near, const float* far, float fz, float fx, float* model) {
  for (int i = 0; i < kMatrix; i += kLanes) {
    const Lanes a = load(near + i), b = load(far + i);
    const Lanes here = a + all(fz) * (load(near + kMatrix + i) - a);
    const Lanes there = b + all(fz) * (load(far + kMatrix + i) - b);
    store(model + i, here + all(fx) * (there - here));
  }
}

void slice_by_pixel(const Stage& stage, const Place& place, const float* depth, float* memory,
                    float* state, int width, const float* planes, float* out) {
  const std::int32_t* index = stage.across.index + place.left;
  const int first = index[0];
  const int cell = stage.bins * kMatrix;
  const int cells = index[place.count - 1] + 2 - first;
  float* value = memory;
  float* rise = value + cells_of_tile(stage, width) * cell;
  float* now = rise + cells_of_tile(stage, width) * cell;
  const int y = stage.down.index[place.row];
  if (moved(place, y, state))
    for (int x = 0; x < cells; ++x)
      lay_out_matrices(stage, y, first + x, value + x * cell, rise + x * cell);
  const float t = stage.down.fraction[place.row];
  for (int i = 0; i < cells * cell; i += kLanes)
    store(now + i, load(value + i) + all(t) * load(rise + i));
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.count; ++i) {
      alignas(64) float model[kMatrix];
      const float deep = depth[s * kPlane + i];
      const int z = smaller(static_cast<int>(deep), stage.bins - 2);
      const float* near = now + (index[i] - first) * cell + z * kMatrix;
      mix_matrices(near, near + cell, deep - static_cast<float>(z),
                   stage.across.fraction[place.left + i], model);
      const float* rgb = planes + s * kPlanes + i;
      for (int o = 0; o < 3; ++o)
        out[s * kPlanes + o * kPlane + i] = model[o] * rgb[0] + model[4 + o] * rgb[kPlane] +
                                            model[8 + o] * rgb[2 * kPlane] + model[12 + o];
    }
  for (int p = 0; p < 3 * place.samples; ++p)
    for (int i = 0; i < place.padded; i += kLanes) {
      const int at = p * kPlane + i;
      store(out + at,
            finished(load(out + at), load(planes + at), stage.least > 0, stage.least));
    }
}

// Slices the tile's pixels of `planes` into `out`.
void bilateral_grid(const Stage& stage, const Place& place, int width, float* memory,
                    const float* planes, float* out) {
  float* state = memory;
  float* depth = memory + kPad;
  float* rest = depth + place.samples * kPlane;
  find_depth(stage, planes, place, depth);
#if defined(NIGHTLIFT_PERMUTES)
  if (bins_in_register(stage, width)) {
    slice_by_register(stage, place, depth, rest, state, planes, out);
    return;
  }
#endif
  slice_by_pixel(stage, place, depth, rest, state, width, planes, out);
}

}  // namespace
