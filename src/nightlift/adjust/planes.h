// What the stages do to a video frame in Y'CbCr 4:2:0, without a picture in RGB in between. Only
// kernels.cpp includes this.
//
// The four pixels of a block share their chroma, and nearly their place among cells: the stages
// see the block's center. `fine` asks for each of the four. Otherwise they run for the darkest
// and the brightest of the four, and the others lie on the chord between: an adjustment is all
// but straight over what four neighbors differ by.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"
#include "pixels.h"

namespace {

using namespace nightlift;

constexpr int kPixels = 4;  // of a block

// Floats of one tile's row of blocks, planes kPlane apart.
struct Blocks {
  float *luma, *ends, *chroma, *shared, *before, *planes, *other, *own;
  explicit Blocks(float* memory) {
    luma = memory;                           // left and right of the upper row, then the lower
    ends = luma + kPixels * kPlane;          // the darkest, then the brightest of the four
    chroma = ends + 2 * kPlane;              // two
    shared = chroma + 2 * kPlane;            // what chroma adds to red, green and blue
    before = shared + kPlanes;               // RGB of the samples
    planes = before + kPixels * kPlanes;     // the same on its way through the stages
    other = planes + kPixels * kPlanes;
    own = other + kPixels * kPlanes;
  }
};

constexpr std::size_t kBlocks = (kPixels + 4) * kPlane + (1 + 3 * kPixels) * kPlanes;

inline int samples_of(const Frame& frame) { return frame.fine ? kPixels : 2; }

template <typename T>
const T* row_of(const Frame& frame, int plane, int row) {
  return reinterpret_cast<const T*>(frame.from[plane] + row * frame.from_stride[plane]);
}

template <typename T>
T* row_to(const Frame& frame, int plane, int row) {
  return reinterpret_cast<T*>(frame.to[plane] + row * frame.to_stride[plane]);
}

// Two neighbors in a row, the left one in the lower half: as memory has it on the machines that
// FFmpeg's little-endian formats are made for.
template <typename T>
struct Pair;
template <>
struct Pair<std::uint8_t> {
  using Both = std::uint16_t;
};
template <>
struct Pair<std::uint16_t> {
  using Both = std::uint32_t;
};

inline std::int32_t code(float value) {
  return static_cast<std::int32_t>(value + 0.5f);
}

// `pixels` of a row, those in even and odd columns apart; the last one stands twice if it is odd.
template <typename T>
void part(const T* from, int pixels, float* even, float* odd) {
  using Both = typename Pair<T>::Both;
  const int pairs = pixels / 2;
  for (int i = 0; i < pairs; ++i) {
    Both both;
    std::memcpy(&both, from + 2 * i, sizeof both);
    even[i] = static_cast<float>(static_cast<std::int32_t>(static_cast<T>(both)));
    odd[i] = static_cast<float>(static_cast<std::int32_t>(both >> 8 * sizeof(T)));
  }
  if (pixels % 2) even[pairs] = odd[pairs] = static_cast<float>(from[pixels - 1]);
}

template <typename T>
void unite(const float* even, const float* odd, int pixels, T* to) {
  using Both = typename Pair<T>::Both;
  const int pairs = pixels / 2;
  for (int i = 0; i < pairs; ++i) {
    const auto both = static_cast<Both>(code(even[i]) | code(odd[i]) << 8 * sizeof(T));
    std::memcpy(to + 2 * i, &both, sizeof both);
  }
  if (pixels % 2) to[pixels - 1] = static_cast<T>(code(even[pairs]));
}

void share_chroma(const Frame& frame, int padded, const Blocks& b) {
  for (int c = 0; c < 3; ++c) {
    const float* m = frame.to_rgb + 4 * c;
    for (int i = 0; i < padded; i += kLanes)
      store(b.shared + c * kPlane + i, all(m[1]) * load(b.chroma + i) +
                                           (all(m[2]) * load(b.chroma + kPlane + i) + all(m[3])));
  }
}

// RGB of the blocks with each sample's luma, through all stages: in `planes`.
void run_samples(const Frame& frame, const Place& place, const float* luma, Blocks& b) {
  for (int s = 0; s < place.samples; ++s)
    for (int c = 0; c < 3; ++c) {
      const Lanes weight = all(frame.to_rgb[4 * c]);
      float* to = b.planes + s * kPlanes + c * kPlane;
      for (int i = 0; i < place.padded; i += kLanes) {
        const Lanes v = weight * load(luma + s * kPlane + i) + load(b.shared + c * kPlane + i);
        store(to + i, place.bounded ? clipped(v) : v);
      }
    }
  const Job& job = frame.job;
  const std::size_t size = sizeof(float) * kPlanes * static_cast<std::size_t>(place.samples);
  if (job.strength != 1.0f) std::memcpy(b.before, b.planes, size);
  run_stages(job, place, b.own, b.planes, b.other);
  if (job.strength != 1.0f) blend(b.before, job.strength, place, b.planes);
}

// Luma or chroma of RGB, as a code.
inline Lanes weighed(const Frame& frame, int c, const Lanes rgb[3]) {
  const float* m = frame.to_yuv + 4 * c;
  const Lanes sum = all(m[1]) * rgb[1] + (all(m[2]) * rgb[2] + all(m[3]));
  return least(most(all(m[0]) * rgb[0] + sum, 0.0f), frame.most);
}

// Both chroma of the mean of a block's RGB.
inline void store_chroma(const Frame& frame, const Lanes rgb[3], float* to) {
  for (int c = 0; c < 2; ++c) store(to + c * kPlane, weighed(frame, c + 1, rgb));
}

// Each of the four by itself; chroma is that of their mean.
void run_fine(const Frame& frame, const Place& place, Blocks& b) {
  run_samples(frame, place, b.luma, b);
  for (int i = 0; i < place.padded; i += kLanes) {
    Lanes mean[3] = {};
    for (int s = 0; s < kPixels; ++s) {
      Lanes rgb[3];
      load_planes(b.planes + s * kPlanes + i, rgb);
      store(b.luma + s * kPlane + i, weighed(frame, 0, rgb));
      for (int c = 0; c < 3; ++c) mean[c] = mean[c] + all(1.0f / kPixels) * rgb[c];
    }
    store_chroma(frame, mean, b.chroma + i);
  }
}

// The darkest and the brightest of the four, and the chord between them.
void run_chord(const Frame& frame, const Place& place, Blocks& b) {
  float *dark = b.ends, *bright = dark + kPlane;
  for (int i = 0; i < place.padded; i += kLanes) {
    const float* at = b.luma + i;
    const Lanes v[4] = {load(at), load(at + kPlane), load(at + 2 * kPlane), load(at + 3 * kPlane)};
    store(dark + i, lesser(lesser(v[0], v[1]), lesser(v[2], v[3])));
    store(bright + i, greater(greater(v[0], v[1]), greater(v[2], v[3])));
  }
  run_samples(frame, place, b.ends, b);
  for (int i = 0; i < place.padded; i += kLanes) {
    Lanes low[3], high[3];
    load_planes(b.planes + i, low);
    load_planes(b.planes + kPlanes + i, high);
    const Lanes from = load(dark + i);
    const Lanes part = all(1.0f) / most(load(bright + i) - from, 1.0f);
    const Lanes base = weighed(frame, 0, low), slope = (weighed(frame, 0, high) - base) * part;
    Lanes sum = {};
    for (int s = 0; s < kPixels; ++s) {
      float* at = b.luma + s * kPlane + i;
      const Lanes along = load(at) - from;
      sum = sum + along;
      store(at, base + slope * along);
    }
    const Lanes mean = all(1.0f / kPixels) * sum * part;
    for (int c = 0; c < 3; ++c) low[c] = low[c] + mean * (high[c] - low[c]);
    store_chroma(frame, low, b.chroma + i);
  }
}

template <typename T>
[[gnu::always_inline]] inline void foresee_blocks(const Frame& frame, int row, int left,
                                                  int count) {
  for (int line = 0; line < 4; ++line) {
    const bool luma = line < 2;
    const int plane = luma ? 0 : line - 1, each = luma ? 2 : 1;
    const int y = luma ? smaller(2 * row + line, frame.height - 1) : row;
    foresee(row_of<T>(frame, plane, y) + each * left, row_to<T>(frame, plane, y) + each * left,
            each * count * static_cast<int>(sizeof(T)));
  }
}

// Light grids, at any strength, act on what is blacker than black and whiter than white as they do
// within [0, 1]; in frames the other kinds act within.
bool lights_alone(const Stage* stages, int count) {
  for (int s = 0; s < count; ++s) {
    const Stage& stage = stages[s];
    const bool light = stage.kind == Kind::light_grid ||
                       (stage.kind == Kind::scaled && lights_alone(stage.stages, stage.stage_count));
    if (!light) return false;
  }
  return true;
}

template <typename T>
void block_tile(const Frame& frame, int begin, int end, int left, float* memory) {
  const int count = smaller(frame.job.width - left, kTile);
  const int padded = (count + kPad - 1) / kPad * kPad;
  const int pixels = smaller(frame.width - 2 * left, 2 * count);
  const bool bounded = !lights_alone(frame.job.stages, frame.job.stage_count);
  Blocks b(memory);
  for (int row = begin; row < end; ++row) {
    const int rows[2] = {2 * row, smaller(2 * row + 1, frame.height - 1)};
    for (int r = 0; r < 2; ++r)
      part(row_of<T>(frame, 0, rows[r]) + 2 * left, pixels, b.luma + 2 * r * kPlane,
           b.luma + (2 * r + 1) * kPlane);
    for (int c = 0; c < 2; ++c) {
      const T* from = row_of<T>(frame, c + 1, row) + left;
      for (int i = 0; i < count; ++i) b.chroma[c * kPlane + i] = static_cast<float>(from[i]);
    }
    if (row + kAhead < end) foresee_blocks<T>(frame, row + kAhead, left, count);
    share_chroma(frame, padded, b);
    const Place place{row, row == begin, left, count, padded, samples_of(frame), bounded};
    frame.fine ? run_fine(frame, place, b) : run_chord(frame, place, b);
    for (int r = 0; r < 2; ++r)
      unite(b.luma + 2 * r * kPlane, b.luma + (2 * r + 1) * kPlane, pixels,
            row_to<T>(frame, 0, rows[r]) + 2 * left);
    for (int c = 0; c < 2; ++c) {
      T* to = row_to<T>(frame, c + 1, row) + left;
      for (int i = 0; i < count; ++i) to[i] = static_cast<T>(code(b.chroma[c * kPlane + i]));
    }
  }
}

std::size_t frame_scratch(const Frame& frame) {
  return kBlocks + stages_scratch(frame.job, samples_of(frame));
}

void frame_rows(const Frame& frame, int begin, int end, float* memory) {
  auto* tile = frame.job.type == Type::u8 ? block_tile<std::uint8_t> : block_tile<std::uint16_t>;
  for (int left = 0; left < frame.job.width; left += kTile) tile(frame, begin, end, left, memory);
}

}  // namespace
