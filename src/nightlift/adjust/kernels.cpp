// The fast twins of the adjustments' NumPy definitions. setup.py compiles this file once for each
// instruction set; kernels.h says what comes out. A tile of a row is read into planes of floats,
// goes through all stages, is blended with the original and rounded once. What happens to a pixel
// depends on its own place alone, so that strips are bit for bit what the whole would be.
#include "kernels.h"

#include "cube.h"
#include "curves.h"
#include "develop.h"
#include "grid.h"
#include "hue.h"
#include "lanes.h"
#include "light.h"
#include "lookup.h"
#include "pixels.h"
#include "recode.h"

namespace {

using namespace nightlift;

// A strength above 1 ends at 0 and 1, or at what is beyond those anyway.
void blend(const float* before, float strength, const Place& place, float* planes) {
  for (int c = 0; c < 3 * place.samples; ++c)
    for (int i = 0; i < place.padded; i += kLanes) {
      const Lanes x = load(before + c * kPlane + i);
      float* at = planes + c * kPlane + i;
      const Lanes y = load(at), v = x + all(strength) * (y - x);
      const Lanes low = least(lesser(x, y), 0.0f), high = most(greater(x, y), 1.0f);
      store(at, lesser(greater(v, low), high));
    }
}

std::size_t stages_scratch(const Stage* stages, int count, int width, int samples);

std::size_t stage_scratch(const Stage& stage, int width, int samples) {
  switch (stage.kind) {
    case Kind::tone_table: return kToneScratch;
    case Kind::curve_map: return curve_scratch(stage);
    case Kind::bilateral_grid: return grid_scratch(stage, width, samples);
    case Kind::lut3d:
    case Kind::develop: return 0;
    case Kind::light_grid: return light_scratch(stage, width, samples);
    case Kind::scaled:
    case Kind::hue_kept:
    case Kind::in_srgb:
      return static_cast<std::size_t>(samples) * kPlanes +
             stages_scratch(stage.stages, stage.stage_count, width, samples);
  }
  return 0;
}

std::size_t stages_scratch(const Stage* stages, int count, int width, int samples) {
  std::size_t floats = 0;
  for (int s = 0; s < count; ++s) floats += stage_scratch(stages[s], width, samples);
  return floats;
}

std::size_t stages_scratch(const Job& job, int samples) {
  return stages_scratch(job.stages, job.stage_count, job.width, samples);
}

void run_stages(const Stage* stages, int count, const Place& place, int width, float* memory,
                float*& planes, float*& other);

// Keeps the hue, or blends by a strength, after the stages within a stage.
void around(const Stage& stage, const Place& place, int width, float* memory, float*& planes,
            float*& other) {
  const std::size_t size = static_cast<std::size_t>(place.samples) * kPlanes;
  std::memcpy(memory, planes, sizeof(float) * size);
  run_stages(stage.stages, stage.stage_count, place, width, memory + size, planes, other);
  if (stage.kind == Kind::scaled)
    blend(memory, stage.strength, place, planes);
  else
    keep_hue(place, memory, planes);
}

// Clips, and keeps what was beyond.
void set_apart(const Place& place, float* planes, float* beyond) {
  for (int p = 0; p < 3 * place.samples; ++p)
    for (int i = 0; i < place.padded; i += kLanes) {
      float* at = planes + p * kPlane + i;
      const Lanes x = load(at), inside = clipped(x);
      store(beyond + p * kPlane + i, x - inside);
      store(at, inside);
    }
}

void add(const Place& place, const float* beyond, float* planes) {
  for (int p = 0; p < 3 * place.samples; ++p)
    for (int i = 0; i < place.padded; i += kLanes) {
      float* at = planes + p * kPlane + i;
      store(at, load(at) + load(beyond + p * kPlane + i));
    }
}

// The stages act between two conversions, on colors outside sRGB as well.
void in_srgb(const Stage& stage, Place place, int width, float* memory, float*& planes,
             float*& other) {
  float* rest = memory + static_cast<std::size_t>(place.samples) * kPlanes;
  place.bounded = false;
  place.beyond = memory;
  recode(stage.there, place, planes);
  run_stages(stage.stages, stage.stage_count, place, width, rest, planes, other);
  place.bounded = true;
  recode(stage.back, place, planes);
}

// Whether a kind has a formula for pixels beyond 0 and 1, or holds stages that may have one.
bool goes_beyond(Kind kind) {
  return kind == Kind::light_grid || kind == Kind::develop || kind == Kind::scaled;
}

void run_any(const Stage& stage, const Place& place, int width, float* memory, float*& planes,
             float*& other);

// Runs one stage over a row of a tile; the result is in `planes`, which may have been swapped. See
// `Adjustment.unclipped` for pixels beyond 0 and 1.
void run_stage(const Stage& stage, const Place& place, int width, float* memory, float*& planes,
               float*& other) {
  if (place.bounded || goes_beyond(stage.kind))
    return run_any(stage, place, width, memory, planes, other);
  Place inside = place;
  inside.bounded = true;
  set_apart(place, planes, place.beyond);
  run_any(stage, inside, width, memory, planes, other);
  add(place, place.beyond, planes);
}

void run_any(const Stage& stage, const Place& place, int width, float* memory, float*& planes,
             float*& other) {
  switch (stage.kind) {
    case Kind::tone_table: return tone_table(stage, place, memory, planes);
    case Kind::curve_map: return curve_map(stage, place, memory, planes);
    case Kind::light_grid: return light_grid(stage, place, width, memory, planes);
    case Kind::lut3d: return lut3d(stage, place, planes);
    case Kind::develop: return develop(stage, place, planes);
    case Kind::scaled:
    case Kind::hue_kept: return around(stage, place, width, memory, planes, other);
    case Kind::in_srgb: return in_srgb(stage, place, width, memory, planes, other);
    case Kind::bilateral_grid: {
      bilateral_grid(stage, place, width, memory, planes, other);
      float* swapped = planes;
      planes = other;
      other = swapped;
    }
  }
}

void run_stages(const Stage* stages, int count, const Place& place, int width, float* memory,
                float*& planes, float*& other) {
  for (int s = 0; s < count; ++s) {
    run_stage(stages[s], place, width, memory, planes, other);
    memory += stage_scratch(stages[s], width, place.samples);
  }
}

void run_stages(const Job& job, const Place& place, float* memory, float*& planes, float*& other) {
  run_stages(job.stages, job.stage_count, place, job.width, memory, planes, other);
}

std::size_t scratch(const Job& job) { return kEntries + 4 * kPlanes + stages_scratch(job, 1); }

void all_bytes(float* planes) {
  for (int c = 0; c < 3; ++c)
    for (int v = 0; v < kValues; ++v)
      planes[c * kPlane + v] = static_cast<float>(v) * (1.0f / kMost<std::uint8_t>);
}

// Lays out what the first `leading` stages, tone tables, make of each byte.
void tabulate(const Job& job, int leading, float* memory, float* entries) {
  float* planes = memory;
  float* other = planes + kPlanes;
  all_bytes(planes);
  Job first = job;
  first.stage_count = leading;
  run_stages(first, Place{0, true, 0, kValues, kValues, 1}, other + kPlanes, planes, other);
  lay_out_entries(planes, entries);
}

// Lays out the light of each byte, where the only stage begins with that.
void tabulate_light(const Job& job, float* planes, float* entries) {
  all_bytes(planes);
  to_light(job.stages[0].there, kValues, planes);
  lay_out_entries(planes, entries);
}

// Runs the stages over a tile's rows, after what comes first and is looked up in `entries`, if any.
template <typename T>
void tile(const Job& job, const float* entries, int begin, int end, int left, float* memory) {
  const int count = smaller(job.width - left, kTile);
  const int padded = (count + kPad - 1) / kPad * kPad;
  const bool blended = job.strength != 1.0f;
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
    if (blended || !entries) read_pixels(from, count, padded, mixed, planes);
    if (blended) std::memcpy(before, planes, sizeof(float) * kPlanes);
    if (entries) look_up_pixels(from, count, padded, entries, planes);
    const Place place{row, row == begin, left, count, padded, 1};
    run_stages(job, place, own, planes, other);
    if (blended) blend(before, job.strength, place, planes);
    write_pixels(planes, count, padded, mixed, to);
  }
}

template <typename T>
void tiles(const Job& job, int begin, int end, float* memory) {
  float* rest = memory + kEntries;
  const bool bytes = sizeof(T) == 1;
  const int leading = bytes ? leading_tables(job) : 0;
  const bool light = bytes && job.stage_count == 1 && job.stages[0].kind == Kind::in_srgb;
  if (leading > 0) tabulate(job, leading, rest, memory);
  Job after = job;
  after.stages += leading;
  after.stage_count -= leading;
  Stage only;
  if (light) {
    tabulate_light(job, rest, memory);
    only = job.stages[0];
    only.there.decoded = true;
    after.stages = &only;
  }
  for (int left = 0; left < job.width; left += kTile)
    tile<T>(after, leading > 0 || light ? memory : nullptr, begin, end, left, rest);
}

void rows(const Job& job, int begin, int end, float* memory) {
  switch (job.type) {
    case Type::u8: return tiles<std::uint8_t>(job, begin, end, memory);
    case Type::u16: return tiles<std::uint16_t>(job, begin, end, memory);
    case Type::f32: return tiles<float>(job, begin, end, memory);
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
