// Tables of 256 entries that lie in registers. Only kernels.cpp includes this.
#pragma once
#include "lanes.h"

namespace {

#if defined(NIGHTLIFT_AVX512)

// 256 bytes lie in four registers: two permutations of two registers each, then the top bit.
struct ByteTable {
  __m512i quarter[4];
  explicit ByteTable(const std::uint8_t* entries) {
    for (int q = 0; q < 4; ++q) quarter[q] = _mm512_loadu_si512(entries + 64 * q);
  }
  __m512i operator()(__m512i at) const {
    const __m512i low = _mm512_permutex2var_epi8(quarter[0], at, quarter[1]);
    const __m512i high = _mm512_permutex2var_epi8(quarter[2], at, quarter[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), low, high);
  }
};

constexpr int kGroup = 4 * kLanes;  // what a register holds in bytes

// The numbers of kGroup entries as bytes, in the order that FloatTable undoes.
inline __m512i packed(const Index at[4]) {
  const auto words = [&](int i) {
    return _mm512_packus_epi32(reinterpret_cast<__m512i>(at[i]),
                               reinterpret_cast<__m512i>(at[i + 1]));
  };
  return _mm512_packus_epi16(words(0), words(2));
}

// 256 floats: a table for each of their bytes, the lowest first.
struct FloatTable {
  ByteTable byte[4];
  explicit FloatTable(const std::uint8_t* planes)
      : byte{ByteTable(planes), ByteTable(planes + 256), ByteTable(planes + 512),
             ByteTable(planes + 768)} {}
  // kGroup entries.
  void operator()(__m512i at, Lanes out[4]) const {
    const __m512i b[4] = {byte[0](at), byte[1](at), byte[2](at), byte[3](at)};
    const __m512i low[2] = {_mm512_unpacklo_epi8(b[0], b[1]), _mm512_unpackhi_epi8(b[0], b[1])};
    const __m512i high[2] = {_mm512_unpacklo_epi8(b[2], b[3]), _mm512_unpackhi_epi8(b[2], b[3])};
    for (int i = 0; i < 2; ++i) {
      out[2 * i] = reinterpret_cast<Lanes>(_mm512_unpacklo_epi16(low[i], high[i]));
      out[2 * i + 1] = reinterpret_cast<Lanes>(_mm512_unpackhi_epi16(low[i], high[i]));
    }
  }
};

#endif

}  // namespace
