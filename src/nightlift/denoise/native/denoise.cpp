// Shrinkage of luma and chroma over a few scales. setup.py compiles this file once for each
// instruction set; denoise.h says what comes out. What happens to a pixel depends on its own place
// and what surrounds it alone, and sums are taken in one order, so that tiles and strips are bit
// for bit what the whole would be: windows lie at fixed rows, and begin at fixed columns.
#include "denoise.h"

#include "energies.h"
#include "output.h"
#include "tiles.h"

namespace {

std::size_t scratch() { return (sizeof(Memory) + 64) / sizeof(float); }

Memory& memory_at(float* scratch) { return *reinterpret_cast<Memory*>(scratch); }

template <typename T>
const T* row_of(const Strip& strip, int y) {
  return reinterpret_cast<const T*>(strip.rows[y - strip.first]);
}

// Means over 2 x 2 of two rows of an even number of columns, of which up to 2 kLanes - 1 more are
// read.
inline void halve_rows(const float* a, const float* b, int count, float* to) {
  for (int i = 0; i < count; i += kLanes) {
    const float *upper = a + 2 * i, *lower = b + 2 * i;
    const Pair both = parted(load(upper) + load(lower), load(upper + kLanes) + load(lower + kLanes));
    store(to + i, (both.even + both.odd) * all(0.25f));
  }
}

template <typename T>
void halve(const Plan& plan, const Strip& strip, const Planes& half, int y) {
  const T* upper = row_of<T>(strip, 2 * y);
  const T* lower = row_of<T>(strip, smaller(2 * y + 1, plan.height - 1));
  const int end = smaller(2 * half.columns.end, plan.width);
  const int first = 2 * half.columns.first, next = smaller(2 * y + 2, plan.height - 1);
  const std::size_t bytes = 3 * sizeof(T) * static_cast<std::size_t>(end - first);
  prefetch(row_of<T>(strip, next) + 3 * first, bytes);
  alignas(64) float planes[2][kPlanes], mixed[kPlanes];
  for (int x = first; x < end; x += nightlift::kTile) {
    const int count = smaller(end - x, nightlift::kTile);
    to_planes(upper + 3 * x, count, planes[0], mixed);
    to_planes(lower + 3 * x, count, planes[1], mixed);
    for (int p = 0; p < 3; ++p) {
      float *a = planes[0] + p * kPlane, *b = planes[1] + p * kPlane;
      if (count & 1) a[count] = a[count - 1], b[count] = b[count - 1];
      halve_rows(a, b, (count + 1) / 2, half.row(p, y) + x / 2 - half.columns.first);
    }
  }
}

void halve_pixels(const Plan& plan, const Strip& strip, const Planes& half) {
  for (int y = half.rows.first; y < half.rows.end; ++y) {
    switch (strip.type) {
      case Type::u8: halve<std::uint8_t>(plan, strip, half, y); break;
      case Type::u16: halve<std::uint16_t>(plan, strip, half, y); break;
      case Type::f32: halve<float>(plan, strip, half, y); break;
    }
  }
}

void halve_planes(const Planes& whole, int height, int width, const Planes& half) {
  const int first = 2 * half.columns.first - whole.columns.first;
  for (int y = half.rows.first; y < half.rows.end; ++y)
    for (int p = 0; p < 3; ++p) {
      const float *a = whole.row(p, 2 * y) + first;
      const float *b = whole.row(p, smaller(2 * y + 1, height - 1)) + first;
      float* to = half.row(p, y);
      const int count = half.columns.size(), last = count - 1;
      halve_rows(a, b, count, to);
      if (2 * half.columns.end > width) to[last] = 0.5f * (a[2 * last] + b[2 * last]);
    }
}

void planes(const Plan& plan, const Tile& tile, const Planes& from, const Planes* coarse,
            const Planes& taken, float* scratch) {
  Memory& m = memory_at(scratch);
  const Frame frame(tile, side_at(plan.width, tile.scale));
  const auto read = [&](int y, float* const* to) {
    const int count = frame.end - frame.first, next = smaller(y + 2, from.rows.end - 1);
    for (int p = 0; p < 3; ++p) {
      const int first = frame.first - from.columns.first;
      prefetch(from.row(p, next) + first, sizeof(float) * static_cast<std::size_t>(count));
      part(from.row(p, y) + first, count, to[p]);
    }
  };
  const auto write = [&](int y) {
    for (int p = 0; p < 3; ++p) {
      const float* own = from.row(p, y) + (frame.left - from.columns.first);
      float* to = taken.row(p, y) + (frame.left - taken.columns.first);
      for (int i = 0; i < frame.right - frame.left; ++i) to[i] = m.other[p][i] - own[i];
    }
  };
  denoise_tile(plan, tile, coarse, read, write, m);
}

template <typename T>
void pixels_of(const Plan& plan, const Tile& tile, const Strip& from, const Planes* coarse,
               char* to, std::ptrdiff_t to_stride, Memory& m) {
  const Frame frame(tile, plan.width);
  const int last = smaller(tile.rows.end + kReach, plan.height) - 1;
  const auto bytes = [](int count) { return 3 * sizeof(T) * static_cast<std::size_t>(count); };
  const auto read = [&](int y, float* const* planes) {
    prefetch(row_of<T>(from, smaller(y + 2, last)) + 3 * frame.first,
             bytes(frame.end - frame.first));
    for (int x = frame.first; x < frame.end; x += nightlift::kTile) {
      const int count = smaller(frame.end - x, nightlift::kTile);
      to_planes(row_of<T>(from, y) + 3 * x, count, m.planes, m.mixed);
      for (int p = 0; p < 3; ++p)
        part(m.planes + p * kPlane, count, planes[p] + (x - frame.first) / 2);
    }
  };
  const auto write = [&](int y) {
    T* out = reinterpret_cast<T*>(to + (y - tile.rows.first) * to_stride);
    prefetch(out + 3 * frame.left, bytes(frame.right - frame.left));
    write_row(plan, tile, y, row_of<T>(from, y), out, m);
  };
  denoise_tile(plan, tile, coarse, read, write, m);
}

void pixels(const Plan& plan, const Tile& tile, const Strip& from, const Planes* coarse, char* to,
            std::ptrdiff_t to_stride, float* scratch) {
  Memory& m = memory_at(scratch);
  switch (from.type) {
    case Type::u8: return pixels_of<std::uint8_t>(plan, tile, from, coarse, to, to_stride, m);
    case Type::u16: return pixels_of<std::uint16_t>(plan, tile, from, coarse, to, to_stride, m);
    case Type::f32: return pixels_of<float>(plan, tile, from, coarse, to, to_stride, m);
  }
}

}  // namespace

namespace nightlift::denoise {

#if defined(NIGHTLIFT_AVX512)
#define NIGHTLIFT_DENOISE denoise_avx512
#elif defined(NIGHTLIFT_AVX2)
#define NIGHTLIFT_DENOISE denoise_avx2
#else
#define NIGHTLIFT_DENOISE denoise_baseline
#endif

extern const Denoise NIGHTLIFT_DENOISE = {scratch, halve_pixels,  halve_planes, planes,
                                          pixels,  patch_scratch, energies};

}  // namespace nightlift::denoise
