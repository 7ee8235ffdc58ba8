// The fast twins of the adjustments' NumPy definitions. setup.py compiles this file once for each
// instruction set; kernels.h says what comes out. A tile of a row is read into planes of floats,
// goes through all stages, is blended with the original and rounded once. What happens to a pixel
// depends on its own place alone, so that strips are bit for bit what the whole would be.
#include "kernels.h"

#include "curves.h"
#include "grid.h"
#include "lanes.h"
#include "pixels.h"
#include "tables.h"

namespace {

using namespace nightlift;

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
const T* row_from(const Job& job, int row) {
  return reinterpret_cast<const T*>(job.from + row * job.from_stride);
}

template <typename T>
T* row_to(const Job& job, int row) {
  return reinterpret_cast<T*>(job.to + row * job.to_stride);
}

template <typename T>
void tile(const Job& job, int begin, int end, int left, float* memory) {
  const int count = job.width - left < kTile ? job.width - left : kTile;
  const int padded = (count + kPad - 1) / kPad * kPad;
  float* mixed = memory;
  float* before = mixed + kPlanes;
  float* planes = before + kPlanes;
  float* other = planes + kPlanes;
  float* own = other + kPlanes;
  for (int row = begin; row < end; ++row) {
    const T* from = row_from<T>(job, row) + 3 * left;
    T* to = row_to<T>(job, row) + 3 * left;
    if (row + kAhead < end)
      foresee(row_from<T>(job, row + kAhead) + 3 * left, row_to<T>(job, row + kAhead) + 3 * left,
              3 * count * static_cast<int>(sizeof(T)));
    read_pixels(from, count, padded, mixed, planes);
    if (job.strength != 1.0f) std::memcpy(before, planes, sizeof(float) * kPlanes);
    const Place place{row, row == begin, left, count, padded, 1};
    run_stages(job, place, own, planes, other);
    if (job.strength != 1.0f) blend(before, job.strength, place, planes);
    write_pixels(planes, count, padded, mixed, to);
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
