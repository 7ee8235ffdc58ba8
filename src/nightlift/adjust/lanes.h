// Registers of floats: one name for what each instruction set calls by another.
// Only kernels.cpp includes this, once for each instruction set; everything has internal linkage,
// so that no function compiled for a newer processor can stand in for its baseline namesake.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(NIGHTLIFT_AVX512) || defined(NIGHTLIFT_AVX2)
#include <immintrin.h>
#define NIGHTLIFT_PERMUTES 1
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

#if defined(NIGHTLIFT_AVX512)
constexpr int kLanes = 16;
#elif defined(NIGHTLIFT_AVX2)
constexpr int kLanes = 8;
#elif defined(__GNUC__)
constexpr int kLanes = 4;
#else
constexpr int kLanes = 1;
#endif

#if defined(__GNUC__)
using Lanes = float __attribute__((vector_size(4 * kLanes)));
using Index = std::int32_t __attribute__((vector_size(4 * kLanes)));
inline Lanes all(float value) { return value - Lanes{}; }  // unlike +, nothing is left to do
inline Index truncated(Lanes v) { return __builtin_convertvector(v, Index); }
inline Lanes floats(Index v) { return __builtin_convertvector(v, Lanes); }
inline Lanes as_floats(Index bits) { return reinterpret_cast<Lanes>(bits); }
inline Index as_bits(Lanes v) { return reinterpret_cast<Index>(v); }
#else
using Lanes = float;
using Index = std::int32_t;
inline Lanes all(float value) { return value; }
inline Index truncated(Lanes v) { return static_cast<Index>(v); }
inline Lanes floats(Index v) { return static_cast<Lanes>(v); }
inline Lanes as_floats(Index bits) {
  Lanes value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
inline Index as_bits(Lanes v) {
  Index bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}
#endif

inline Lanes load(const float* p) {
  Lanes v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline Index load(const std::int32_t* p) {
  Index v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, Lanes v) { std::memcpy(p, &v, sizeof v); }

// NaN becomes the other operand: the second one is returned where the comparison fails.
#if defined(NIGHTLIFT_AVX512)
inline Lanes most(Lanes v, float low) { return _mm512_max_ps(v, all(low)); }
inline Lanes least(Lanes v, float high) { return _mm512_min_ps(v, all(high)); }
#elif defined(NIGHTLIFT_AVX2)
inline Lanes most(Lanes v, float low) { return _mm256_max_ps(v, all(low)); }
inline Lanes least(Lanes v, float high) { return _mm256_min_ps(v, all(high)); }
#elif defined(__SSE2__) && defined(__GNUC__)
inline Lanes most(Lanes v, float low) { return _mm_max_ps(v, all(low)); }
inline Lanes least(Lanes v, float high) { return _mm_min_ps(v, all(high)); }
#else
inline Lanes most(Lanes v, float low) { return v > all(low) ? v : all(low); }
inline Lanes least(Lanes v, float high) { return v < all(high) ? v : all(high); }
#endif
inline Lanes clipped(Lanes v) { return least(most(v, 0.0f), 1.0f); }

#if defined(NIGHTLIFT_AVX512)
inline Lanes permuted(Lanes table, Index at) {
  return _mm512_permutexvar_ps(reinterpret_cast<__m512i>(at), table);
}
inline bool same(Index a, Index b) {
  return _mm512_cmpneq_epi32_mask(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)) == 0;
}
#elif defined(NIGHTLIFT_AVX2)
inline Lanes permuted(Lanes table, Index at) {
  return _mm256_permutevar8x32_ps(table, reinterpret_cast<__m256i>(at));
}
inline bool same(Index a, Index b) {
  return _mm256_movemask_epi8(reinterpret_cast<__m256i>(a == b)) == -1;
}
#else
inline bool same(Index a, Index b) { return std::memcmp(&a, &b, sizeof a) == 0; }
#endif

inline Lanes lesser(Lanes a, Lanes b) { return a < b ? a : b; }
inline Lanes greater(Lanes a, Lanes b) { return a > b ? a : b; }

#if defined(NIGHTLIFT_AVX512)
inline Lanes root(Lanes v) { return _mm512_sqrt_ps(v); }
#elif defined(NIGHTLIFT_AVX2)
inline Lanes root(Lanes v) { return _mm256_sqrt_ps(v); }
#elif defined(__SSE2__) && defined(__GNUC__)
inline Lanes root(Lanes v) { return _mm_sqrt_ps(v); }
#elif defined(__GNUC__)
inline Lanes root(Lanes v) {
  for (int k = 0; k < kLanes; ++k) v[k] = std::sqrt(v[k]);
  return v;
}
#else
inline Lanes root(Lanes v) { return std::sqrt(v); }
#endif

#if defined(NIGHTLIFT_AVX512)
inline Lanes gathered(const float* table, Index at) {
  return _mm512_i32gather_ps(reinterpret_cast<__m512i>(at), table, 4);
}
#elif defined(NIGHTLIFT_AVX2)
inline Lanes gathered(const float* table, Index at) {
  return _mm256_i32gather_ps(table, reinterpret_cast<__m256i>(at), 4);
}
#elif defined(__GNUC__)
inline Lanes gathered(const float* table, Index at) {
  Lanes v;
  for (int k = 0; k < kLanes; ++k) v[k] = table[at[k]];
  return v;
}
#else
inline Lanes gathered(const float* table, Index at) { return table[at]; }
#endif

// Entries and those after them, which lie side by side in memory: read together.
#if defined(NIGHTLIFT_AVX512)
inline void gathered_pairs(const float* table, Index at, Lanes* low, Lanes* high) {
  const auto index = reinterpret_cast<__m512i>(at);
  const __m256i halves[2] = {_mm512_castsi512_si256(index), _mm512_extracti64x4_epi64(index, 1)};
  const __m512 first = _mm512_castpd_ps(_mm512_i32gather_pd(halves[0], table, 4));
  const __m512 last = _mm512_castpd_ps(_mm512_i32gather_pd(halves[1], table, 4));
  const __m512i even =
      _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  *low = _mm512_permutex2var_ps(first, even, last);
  *high = _mm512_permutex2var_ps(first, _mm512_add_epi32(even, _mm512_set1_epi32(1)), last);
}
#else
inline void gathered_pairs(const float* table, Index at, Lanes* low, Lanes* high) {
  *low = gathered(table, at);
  *high = gathered(table + 1, at);
}
#endif

inline Lanes magnitude(Lanes v) { return as_floats(as_bits(v) & 0x7fffffff); }

// 2^y for y from -64 to 64, with 2^f by the polynomial that is least wrong from -1/2 to 1/2: within
// 2e-7 of it.
inline Lanes power_of_two(Lanes y) {
  const Index whole = truncated(y + all(64.5f)) - 64;
  const Lanes f = y - floats(whole);
  Lanes e = all(0.00132647272f);
  e = e * f + all(0.00967151281f);
  e = e * f + all(0.0555073374f);
  e = e * f + all(0.240222421f);
  e = e * f + all(0.693146978f);
  e = e * f + all(1.0f);
  return e * as_floats((whole + 127) << 23);
}

// 1 / (1 + exp(-v)).
inline Lanes logistic(Lanes v) {
  const Lanes e = power_of_two(least(most(v, -18.0f), 18.0f) * all(-1.44269504f));
  return all(1.0f) / (e + all(1.0f));
}

}  // namespace
