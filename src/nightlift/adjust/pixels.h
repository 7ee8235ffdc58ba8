// Pixels in memory, and planes of floats from 0 to 1. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

template <typename T>
const T* row_from(const Job& job, int row) {
  return reinterpret_cast<const T*>(job.from + row * job.from_stride);
}

template <typename T>
T* row_to(const Job& job, int row) {
  return reinterpret_cast<T*>(job.to + row * job.to_stride);
}

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

constexpr int kAhead = 2;  // rows that are asked for before their turn

// Asks for memory before its turn: processors foresee what follows in a row, not the rows of a
// tile. Inlined by force, because GCC leaves out a call that does nothing else.
[[gnu::always_inline]] inline void foresee(const void* from, const void* to, int bytes) {
#if defined(__GNUC__)
  for (int i = 0; i < bytes; i += 64) {
    __builtin_prefetch(static_cast<const char*>(from) + i);
    __builtin_prefetch(static_cast<const char*>(to) + i);
  }
#else
  (void)from, (void)to, (void)bytes;
#endif
}

// Takes `count` pixels apart; planes are written up to `padded`, with zeros where no pixel is.
template <typename T>
void read_pixels(const T* from, int count, int padded, float* mixed, float* planes) {
  for (int i = 3 * count; i < 3 * padded; ++i) mixed[i] = 0;
  read(from, 3 * count, mixed);
  split(mixed, padded, planes);
}

template <typename T>
void write_pixels(const float* planes, int count, int padded, float* mixed, T* to) {
  join(planes, padded, mixed);
  write(mixed, 3 * count, to);
}

#if defined(NIGHTLIFT_PERMUTES)

// Bytes need no floats side by side in between: a permutation puts each byte of a channel where a
// whole number has its lowest, and another one drops each fourth byte on the way back.
constexpr int kBytes = 3 * kLanes;

#if defined(NIGHTLIFT_AVX512)
using Bytes = __m512i;
constexpr __mmask64 kLoaded = (1ull << kBytes) - 1;
constexpr int kZero = kBytes;  // a byte that is not loaded
constexpr int kApart = kLanes;  // pixels within which a permutation reaches
inline Bytes load_bytes(const std::uint8_t* p) { return _mm512_maskz_loadu_epi8(kLoaded, p); }
inline void store_bytes(std::uint8_t* p, Bytes v) { _mm512_mask_storeu_epi8(p, kLoaded, v); }
inline Bytes permuted(Bytes v, const std::uint8_t* at) {
  return _mm512_permutexvar_epi8(_mm512_load_si512(at), v);
}
#else
using Bytes = __m256i;
constexpr int kZero = 128;
constexpr int kApart = kLanes / 2;
// The upper four pixels end with the upper half.
inline Bytes load_bytes(const std::uint8_t* p) {
  const auto half = [&](int i) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8 * i));
  };
  return _mm256_inserti128_si256(_mm256_castsi128_si256(half(0)), half(1), 1);
}
inline void store_bytes(std::uint8_t* p, Bytes v) {
  const Bytes dense = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(dense));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p + 16), _mm256_extracti128_si256(dense, 1));
}
inline Bytes permuted(Bytes v, const std::uint8_t* at) {
  return _mm256_shuffle_epi8(v, _mm256_load_si256(reinterpret_cast<const __m256i*>(at)));
}
#endif

struct ByteWeave {
  alignas(64) std::uint8_t apart[3][4 * kLanes];
  alignas(64) std::uint8_t together[4 * kLanes];
};

constexpr ByteWeave byte_weave() {
  ByteWeave w{};
  for (int i = 0; i < 4 * kLanes; ++i) {
    const int pixel = i / 4, half = pixel / kApart, inside = pixel % kApart;
    for (int c = 0; c < 3; ++c)
      w.apart[c][i] = static_cast<std::uint8_t>(i % 4 ? kZero : 3 * inside + c + 4 * half);
    const int k = i % (4 * kApart);
    w.together[i] = static_cast<std::uint8_t>(k < 3 * kApart ? k / 3 * 4 + k % 3 : 0);
  }
  return w;
}

constexpr ByteWeave kByteWeave = byte_weave();

inline void read_group(const std::uint8_t* from, float* planes) {
  const Bytes bytes = load_bytes(from);
  for (int c = 0; c < 3; ++c) {
    const auto whole = reinterpret_cast<Index>(permuted(bytes, kByteWeave.apart[c]));
    store(planes + c * kPlane, floats(whole) * all(1.0f / kMost<std::uint8_t>));
  }
}

inline void write_group(const float* planes, std::uint8_t* to) {
  Index mixed{};
  for (int c = 0; c < 3; ++c) {
    const Lanes v = load(planes + c * kPlane) * all(kMost<std::uint8_t>) + all(0.5f);
    mixed |= truncated(v) << 8 * c;
  }
  store_bytes(to, permuted(reinterpret_cast<Bytes>(mixed), kByteWeave.together));
}

template <>
void read_pixels(const std::uint8_t* from, int count, int padded, float*, float* planes) {
  int i = 0;
  for (; i <= count - kLanes; i += kLanes) read_group(from + 3 * i, planes + i);
  for (; i < padded; i += kLanes) {
    std::uint8_t rest[kBytes] = {};
    if (i < count) std::memcpy(rest, from + 3 * i, static_cast<std::size_t>(3 * (count - i)));
    read_group(rest, planes + i);
  }
}

template <>
void write_pixels(const float* planes, int count, int, float*, std::uint8_t* to) {
  int i = 0;
  for (; i <= count - kLanes; i += kLanes) write_group(planes + i, to + 3 * i);
  if (i == count) return;
  std::uint8_t rest[kBytes];
  write_group(planes + i, rest);
  std::memcpy(to + 3 * i, rest, static_cast<std::size_t>(3 * (count - i)));
}

#endif

}  // namespace
