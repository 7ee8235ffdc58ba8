// Shrinkage of luma and chroma over a few scales. setup.py compiles this file once for each
// instruction set; denoise.h says what comes out. What happens to a pixel depends on its own place
// and what surrounds it alone, and sums are taken in one order, so that strips are bit for bit what
// the whole would be: tiles are cut at fixed columns, windows lie at fixed rows.
#include "denoise.h"

#include "energies.h"
#include "tiles.h"

namespace {

std::size_t scratch() { return (sizeof(Memory) + 64) / sizeof(float); }

template <typename T>
const T* row_of(const Strip& strip, int y) {
  return reinterpret_cast<const T*>(strip.data + (y - strip.first) * strip.stride);
}

template <typename T>
void halve(const Plan& plan, const Strip& strip, const Planes& half, int y) {
  const T* upper = row_of<T>(strip, 2 * y);
  const T* lower = row_of<T>(strip, smaller(2 * y + 1, plan.height - 1));
  alignas(64) float planes[2][kPlanes], mixed[kPlanes];
  for (int x = 0; x < plan.width; x += nightlift::kTile) {
    const int count = smaller(plan.width - x, nightlift::kTile);
    to_planes(upper + 3 * x, count, planes[0], mixed);
    to_planes(lower + 3 * x, count, planes[1], mixed);
    for (int p = 0; p < 3; ++p) {
      float *a = planes[0] + p * kPlane, *b = planes[1] + p * kPlane, *to = half.row(p, y) + x / 2;
      if (count & 1) a[count] = a[count - 1], b[count] = b[count - 1];
      for (int i = 0; i < count; i += kLanes) store(a + i, load(a + i) + load(b + i));
      for (int i = 0; 2 * i < count; ++i) to[i] = 0.25f * (a[2 * i] + a[2 * i + 1]);
    }
  }
}

void halve_pixels(const Plan& plan, const Strip& strip, const Planes& half, int y) {
  switch (strip.type) {
    case Type::u8: return halve<std::uint8_t>(plan, strip, half, y);
    case Type::u16: return halve<std::uint16_t>(plan, strip, half, y);
    case Type::f32: return halve<float>(plan, strip, half, y);
  }
}

void halve_planes(const Planes& whole, int height, const Planes& half, int y) {
  for (int p = 0; p < 3; ++p) {
    const float *a = whole.row(p, 2 * y), *b = whole.row(p, smaller(2 * y + 1, height - 1));
    float* to = half.row(p, y);
    const int pairs = whole.width / 2;
    for (int i = 0; i < pairs; ++i)
      to[i] = 0.25f * ((a[2 * i] + b[2 * i]) + (a[2 * i + 1] + b[2 * i + 1]));
    if (whole.width & 1) to[pairs] = 0.5f * (a[2 * pairs] + b[2 * pairs]);
  }
}

Memory& memory_at(float* scratch) { return *reinterpret_cast<Memory*>(scratch); }

void copy_row(const Planes& from, int y, const Columns& columns, Memory& m) {
  for (int p = 0; p < 3; ++p)
    std::memcpy(m.linear[p], from.row(p, y) + columns.first,
                sizeof(float) * static_cast<std::size_t>(columns.end - columns.first));
}

void planes(const Plan& plan, const Tile& tile, const Planes& from, const Planes* coarse,
            const Planes& taken, float* scratch) {
  Memory& m = memory_at(scratch);
  load_tile(plan, tile, coarse, m, [&](int y, const Columns& c) { copy_row(from, y, c, m); });
  denoise_tile(plan, tile, m);
  const Reach reach(tile, side_at(plan.height, tile.scale));
  for (int y = tile.top; y < tile.bottom; ++y) {
    finish_row(tile, y, reach, m);
    for (int p = 0; p < 3; ++p) {
      const float* own = from.row(p, y);
      float* to = taken.row(p, y);
      for (int x = tile.left; x < tile.right; ++x) to[x] = m.other[p][x - tile.left] - own[x];
    }
  }
}

template <typename T>
void pixels_of(const Plan& plan, const Tile& tile, const Strip& from, const Planes* coarse,
               char* to, std::ptrdiff_t to_stride, Memory& m) {
  load_tile(plan, tile, coarse, m, [&](int y, const Columns& c) {
    read_row(row_of<T>(from, y), c.first, c.end, m.linear, m);
  });
  denoise_tile(plan, tile, m);
  const Reach reach(tile, plan.height);
  for (int y = tile.top; y < tile.bottom; ++y) {
    const T* row = row_of<T>(from, y);
    finish_row(tile, y, reach, m);
    read_row(row, tile.left, tile.right, m.linear, m);
    bound_change(plan, tile, y, m);
    write_row(tile, row, to + (y - tile.top) * to_stride, m);
  }
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
extern const Denoise denoise_avx512 = {scratch, halve_pixels, halve_planes, planes, pixels,
                                      patch_scratch, energies};
#elif defined(NIGHTLIFT_AVX2)
extern const Denoise denoise_avx2 = {scratch, halve_pixels, halve_planes, planes, pixels,
                                      patch_scratch, energies};
#else
extern const Denoise denoise_baseline = {scratch, halve_pixels, halve_planes, planes, pixels,
                                      patch_scratch, energies};
#endif

}  // namespace nightlift::denoise
