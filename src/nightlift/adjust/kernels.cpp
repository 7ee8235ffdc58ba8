// The fast twins of the adjustments' NumPy definitions. setup.py compiles this file once for each
// instruction set; kernels.h says what comes out. A tile of a row is read into planes of floats,
// goes through all stages, is blended with the original and rounded once. What happens to a pixel
// depends on its own place alone, so that strips are bit for bit what the whole would be.
#include "kernels.h"

#include "curves.h"
#include "grid.h"
#include "lanes.h"
#include "tables.h"

namespace {

using namespace nightlift;

template <typename T>
constexpr float kMost = 0;
template <>
constexpr float kMost<std::uint8_t> = 255;
template <>
constexpr float kMost<std::uint16_t> = 65535;

template <typename T>
void read(const T* from, int count, float* to) {
  for (int i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) * (1.0f / kMost<T>);
}

template <>
void read(const float* from, int count, float* to) {
  for (int i = 0; i < count; ++i) {
    const float positive = from[i] > 0.0f ? from[i] : 0.0f;  // NaN becomes 0
    to[i] = positive < 1.0f ? positive : 1.0f;
  }
}

template <typename T>
void write(const float* from, int count, T* to) {
  for (int i = 0; i < count; ++i)
    to[i] = static_cast<T>(static_cast<std::int32_t>(from[i] * kMost<T> + 0.5f));
}

template <>
void write(const float* from, int count, float* to) {
  std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(count));
}

#if defined(NIGHTLIFT_PERMUTES)

// Three registers of r g b r g b … hold each lane of each channel exactly once, because 3 and the
// number of lanes share no factor: two selections and one permutation take a channel out.
struct Weave {
  alignas(64) std::int32_t mask[3][kLanes];     // register k holds channel mask[k] at a lane
  alignas(64) std::int32_t apart[3][kLanes];    // lane of pixel i among the selected
  alignas(64) std::int32_t together[3][kLanes];  // and the way back
};

constexpr Weave weave() {
  Weave w{};
  for (int k = 0; k < 3; ++k)
    for (int i = 0; i < kLanes; ++i) {
      w.mask[k][i] = (k * kLanes + i) % 3;
      const int lane = (3 * i + k) % kLanes;
      w.apart[k][i] = lane;
      w.together[k][lane] = i;
    }
  return w;
}

constexpr Weave kWeave = weave();

inline Lanes chosen(const Lanes v[3], int wanted, bool by_register) {
  Lanes out = v[0];
  for (int k = 1; k < 3; ++k) {
    const Index mask = by_register ? load(kWeave.mask[k]) : load(kWeave.mask[wanted]);
    out = mask == (by_register ? wanted : k) ? v[k] : out;
  }
  return out;
}

void split(const float* mixed, int count, float* planes) {
  for (int i = 0; i < count; i += kLanes) {
    const float* at = mixed + 3 * i;
    const Lanes v[3] = {load(at), load(at + kLanes), load(at + 2 * kLanes)};
    for (int c = 0; c < 3; ++c)
      store(planes + c * kPlane + i, permuted(chosen(v, c, true), load(kWeave.apart[c])));
  }
}

void join(const float* planes, int count, float* mixed) {
  for (int i = 0; i < count; i += kLanes) {
    Lanes v[3];
    for (int c = 0; c < 3; ++c)
      v[c] = permuted(load(planes + c * kPlane + i), load(kWeave.together[c]));
    for (int k = 0; k < 3; ++k) store(mixed + 3 * i + k * kLanes, chosen(v, k, false));
  }
}

#else

void split(const float* mixed, int count, float* planes) {
  for (int i = 0; i < count; ++i)
    for (int c = 0; c < 3; ++c) planes[c * kPlane + i] = mixed[3 * i + c];
}

void join(const float* planes, int count, float* mixed) {
  for (int i = 0; i < count; ++i)
    for (int c = 0; c < 3; ++c) mixed[3 * i + c] = planes[c * kPlane + i];
}

#endif

void blend(const float* before, float strength, const Place& place, float* planes) {
  for (int c = 0; c < 3 * place.samples; ++c)
    for (int i = 0; i < place.padded; i += kLanes) {
      const Lanes x = load(before + c * kPlane + i);
      float* at = planes + c * kPlane + i;
      store(at, clipped(x + all(strength) * (load(at) - x)));
    }
}

std::size_t stage_scratch(const Stage& stage, int width, int samples) {
  switch (stage.kind) {
    case Kind::tone_table: return kToneScratch;
    case Kind::curve_map: return curve_scratch(stage);
    case Kind::bilateral_grid: return grid_scratch(stage, width, samples);
  }
  return 0;
}

// Runs one stage over a row of a tile; returns whether the result is in `other`.
bool run_stage(const Stage& stage, const Place& place, int width, float* memory, float* planes,
               float* other) {
  switch (stage.kind) {
    case Kind::tone_table: tone_table(stage, place, memory, planes); return false;
    case Kind::curve_map: curve_map(stage, place, memory, planes); return false;
    case Kind::bilateral_grid: bilateral_grid(stage, place, width, memory, planes, other);
  }
  return true;
}

std::size_t stages_scratch(const Job& job, int samples) {
  std::size_t floats = 0;
  for (int s = 0; s < job.stage_count; ++s)
    floats += stage_scratch(job.stages[s], job.width, samples);
  return floats;
}

// Runs all stages over a row of a tile; the result is in `planes`, which may have been swapped.
void run_stages(const Job& job, const Place& place, float* memory, float*& planes, float*& other) {
  for (int s = 0; s < job.stage_count; ++s) {
    if (run_stage(job.stages[s], place, job.width, memory, planes, other)) {
      float* swapped = planes;
      planes = other;
      other = swapped;
    }
    memory += stage_scratch(job.stages[s], job.width, place.samples);
  }
}

std::size_t scratch(const Job& job) { return 4 * kPlanes + stages_scratch(job, 1); }

template <typename T>
void tile(const Job& job, int begin, int end, int left, float* memory) {
  const int count = job.width - left < kTile ? job.width - left : kTile;
  const int padded = (count + kPad - 1) / kPad * kPad;
  float* mixed = memory;
  float* before = mixed + kPlanes;
  float* planes = before + kPlanes;
  float* other = planes + kPlanes;
  float* own = other + kPlanes;
  for (int i = 3 * count; i < 3 * padded; ++i) mixed[i] = 0;
  for (int row = begin; row < end; ++row) {
    const auto* from = reinterpret_cast<const T*>(job.from + row * job.from_stride) + 3 * left;
    auto* to = reinterpret_cast<T*>(job.to + row * job.to_stride) + 3 * left;
    read(from, 3 * count, mixed);
    split(mixed, padded, planes);
    if (job.strength != 1.0f) std::memcpy(before, planes, sizeof(float) * kPlanes);
    const Place place{row, row == begin, left, count, padded, 1};
    run_stages(job, place, own, planes, other);
    if (job.strength != 1.0f) blend(before, job.strength, place, planes);
    join(planes, padded, mixed);
    write(mixed, 3 * count, to);
  }
}

template <typename T>
void tiles(const Job& job, int begin, int end, float* memory) {
  for (int left = 0; left < job.width; left += kTile) tile<T>(job, begin, end, left, memory);
}

void rows(const Job& job, int begin, int end, float* memory) {
  switch (job.type) {
    case Type::u8: return tiles<std::uint8_t>(job, begin, end, memory);
    case Type::u16: return tiles<std::uint16_t>(job, begin, end, memory);
    case Type::f32: return tiles<float>(job, begin, end, memory);
  }
}

#if defined(NIGHTLIFT_AVX512)

// Looks up as many whole groups of 192 bytes as there are; returns the bytes done.
std::ptrdiff_t look_up_groups(const std::uint8_t* from, std::uint8_t* to, std::ptrdiff_t bytes,
                              const std::uint8_t* table) {
  const ByteTable channel[3] = {ByteTable(table), ByteTable(table + 256), ByteTable(table + 512)};
  __mmask64 is[3][3] = {};
  for (int k = 0; k < 3; ++k)
    for (int i = 0; i < 64; ++i) is[k][(64 * k + i) % 3] |= 1ull << i;
  std::ptrdiff_t done = 0;
  for (; done + 192 <= bytes; done += 192)
    for (int k = 0; k < 3; ++k) {
      const __m512i at = _mm512_loadu_si512(from + done + 64 * k);
      __m512i out = channel[0](at);
      out = _mm512_mask_blend_epi8(is[k][1], out, channel[1](at));
      out = _mm512_mask_blend_epi8(is[k][2], out, channel[2](at));
      _mm512_storeu_si512(to + done + 64 * k, out);
    }
  return done;
}

#else

std::ptrdiff_t look_up_groups(const std::uint8_t*, std::uint8_t*, std::ptrdiff_t,
                              const std::uint8_t*) {
  return 0;
}

#endif

void look_up_bytes(const std::uint8_t* from, std::uint8_t* to, std::ptrdiff_t bytes,
                   const std::uint8_t* table) {
  for (std::ptrdiff_t i = look_up_groups(from, to, bytes, table); i < bytes; i += 3)
    for (int c = 0; c < 3; ++c) to[i + c] = table[256 * c + from[i + c]];
}

void look_up_words(const std::uint16_t* from, std::uint16_t* to, std::ptrdiff_t words,
                   const std::uint16_t* table) {
  for (std::ptrdiff_t i = 0; i < words; i += 3)
    for (int c = 0; c < 3; ++c) to[i + c] = table[3 * from[i + c] + c];
}

void look_up(const Job& job, const void* table, int begin, int end) {
  for (int row = begin; row < end; ++row) {
    const char* from = job.from + row * job.from_stride;
    char* to = job.to + row * job.to_stride;
    const std::ptrdiff_t values = std::ptrdiff_t{3} * job.width;
    if (job.type == Type::u8)
      look_up_bytes(reinterpret_cast<const std::uint8_t*>(from),
                    reinterpret_cast<std::uint8_t*>(to), values,
                    static_cast<const std::uint8_t*>(table));
    else
      look_up_words(reinterpret_cast<const std::uint16_t*>(from),
                    reinterpret_cast<std::uint16_t*>(to), values,
                    static_cast<const std::uint16_t*>(table));
  }
}

}  // namespace

#include "planes.h"

namespace nightlift {

#if defined(NIGHTLIFT_AVX512)
extern const Kernels kernels_avx512 = {scratch, rows, look_up, frame_scratch,
                                       frame_rows};
#elif defined(NIGHTLIFT_AVX2)
extern const Kernels kernels_avx2 = {scratch, rows, look_up, frame_scratch,
                                       frame_rows};
#else
extern const Kernels kernels_baseline = {scratch, rows, look_up, frame_scratch,
                                       frame_rows};
#endif

}  // namespace nightlift
