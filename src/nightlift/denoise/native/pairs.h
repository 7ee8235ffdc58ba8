// Even and odd columns apart and together again, and registers a few lanes behind others.
#pragma once
#include "../../adjust/lanes.h"

namespace {

struct Pair {
  Lanes even, odd;
};

#if defined(NIGHTLIFT_AVX512)

// 2 kLanes columns apart.
inline Pair parted(Lanes a, Lanes b) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  return {_mm512_permutex2var_ps(a, even, b), _mm512_permutex2var_ps(a, odd, b)};
}

// And together: the first kLanes of them, and the rest.
inline Pair joined(Lanes even, Lanes odd) {
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
  return {_mm512_permutex2var_ps(even, low, odd), _mm512_permutex2var_ps(even, high, odd)};
}

inline bool some(Lanes v) {
  return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_GT_OQ) != 0;
}

constexpr int kPast = kLanes;

// `now`, K lanes later: the first ones are the last of what came before, which is in `past`.
template <int K>
inline Lanes behind(float* past, Lanes now) {
  const Lanes before = load(past);
  store(past, now);
  return reinterpret_cast<Lanes>(_mm512_alignr_epi32(
      reinterpret_cast<__m512i>(now), reinterpret_cast<__m512i>(before), kLanes - K));
}

#elif defined(NIGHTLIFT_AVX2)

inline Pair parted(Lanes a, Lanes b) {
  const Lanes low = _mm256_permute2f128_ps(a, b, 0x20), high = _mm256_permute2f128_ps(a, b, 0x31);
  return {_mm256_shuffle_ps(low, high, 0x88), _mm256_shuffle_ps(low, high, 0xdd)};
}

inline Pair joined(Lanes even, Lanes odd) {
  const Lanes low = _mm256_unpacklo_ps(even, odd), high = _mm256_unpackhi_ps(even, odd);
  return {_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31)};
}

inline bool some(Lanes v) {
  return _mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_GT_OQ)) != 0;
}

constexpr int kPast = kLanes;

template <int K>
inline Lanes behind(float* past, Lanes now) {
  const Lanes before = load(past);
  store(past, now);
  const Lanes middle = _mm256_permute2f128_ps(before, now, 0x21);
  return reinterpret_cast<Lanes>(_mm256_alignr_epi8(
      reinterpret_cast<__m256i>(now), reinterpret_cast<__m256i>(middle), 16 - 4 * K));
}

#else

inline Pair parted(Lanes a, Lanes b) {
  float mixed[2 * kLanes], even[kLanes], odd[kLanes];
  store(mixed, a), store(mixed + kLanes, b);
  for (int i = 0; i < kLanes; ++i) even[i] = mixed[2 * i], odd[i] = mixed[2 * i + 1];
  return {load(even), load(odd)};
}

inline Pair joined(Lanes even, Lanes odd) {
  float mixed[2 * kLanes], a[kLanes], b[kLanes];
  store(a, even), store(b, odd);
  for (int i = 0; i < kLanes; ++i) mixed[2 * i] = a[i], mixed[2 * i + 1] = b[i];
  return {load(mixed), load(mixed + kLanes)};
}

inline bool some(Lanes v) {
  float values[kLanes];
  store(values, v);
  for (const float value : values)
    if (value > 0) return true;
  return false;
}

constexpr int kPast = kLanes < 4 ? 4 : kLanes;

template <int K>
inline Lanes behind(float* past, Lanes now) {
  float both[kPast + kLanes];
  std::memcpy(both, past, sizeof(float) * kPast);
  store(both + kPast, now);
  std::memcpy(past, both + kLanes, sizeof(float) * kPast);
  return load(both + kPast - K);
}

#endif

}  // namespace
