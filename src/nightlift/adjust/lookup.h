// Values looked up instead of computed: what tone tables make of bytes and words. Only kernels.cpp
// includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"
#include "pixels.h"
#include "tables.h"

namespace {

using namespace nightlift;

constexpr int kValues = 256;  // of a byte

// ---- bytes before the other stages

// How many stages at the beginning are tone tables, which act on each value alone.
int leading_tables(const Job& job) {
  int count = 0;
  while (count < job.stage_count && job.stages[count].kind == Kind::tone_table) ++count;
  return count;
}

constexpr std::size_t kEntries = 3 * kValues;  // a float for each channel's bytes

template <typename T>
void look_up_pixels(const T*, int, int, const float*, float*) {}  // for bytes alone

#if defined(NIGHTLIFT_AVX512)

// Of each channel the entries as planes of their bytes.
void lay_out_entries(const float* planes, float* entries) {
  auto* to = reinterpret_cast<std::uint8_t*>(entries);
  for (int c = 0; c < 3; ++c)
    for (int v = 0; v < kValues; ++v) {
      std::uint8_t bytes[sizeof(float)];
      std::memcpy(bytes, planes + c * kPlane + v, sizeof bytes);
      for (int b = 0; b < 4; ++b) to[(4 * c + b) * kValues + v] = bytes[b];
    }
}

// Where three registers of pixels have the bytes of a channel, in FloatTable's order.
struct ByChannel {
  alignas(64) std::uint8_t at[3][kGroup];
};

constexpr ByChannel by_channel() {
  ByChannel b{};
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < kGroup; ++i) {
      const int pixel = i % 16 / 4 * kLanes + i / 16 * 4 + i % 4;
      b.at[c][i] = static_cast<std::uint8_t>(3 * pixel + c);
    }
  return b;
}

constexpr ByChannel kByChannel = by_channel();

// A channel of kGroup pixels, of which `bytes` bytes may be read; the others are black.
inline __m512i channel_of(const std::uint8_t* from, int bytes, int c) {
  __m512i v[3];
  for (int k = 0; k < 3; ++k) {
    const int there = bytes - 64 * k;
    const __mmask64 mask = there >= 64 ? ~0ull : there > 0 ? (1ull << there) - 1 : 0;
    v[k] = _mm512_maskz_loadu_epi8(mask, from + 64 * k);
  }
  const __m512i at = _mm512_load_si512(kByChannel.at[c]);
  const __m512i low = _mm512_permutex2var_epi8(v[0], at, v[1]);
  return _mm512_mask_permutexvar_epi8(low, _mm512_movepi8_mask(at), at, v[2]);
}

// Goes up to half a group past `padded`, where a plane has as much room.
template <>
void look_up_pixels(const std::uint8_t* from, int count, int padded, const float* entries,
                    float* planes) {
  for (int c = 0; c < 3; ++c) {
    const FloatTable table(reinterpret_cast<const std::uint8_t*>(entries + c * kValues));
    for (int i = 0; i < padded; i += kGroup) {
      Lanes out[4];
      table(channel_of(from + 3 * i, 3 * (count - i), c), out);
      for (int k = 0; k < 4; ++k) store(planes + c * kPlane + i + k * kLanes, out[k]);
    }
  }
}

#else

void lay_out_entries(const float* planes, float* entries) {
  for (int c = 0; c < 3; ++c)
    std::memcpy(entries + c * kValues, planes + c * kPlane, sizeof(float) * kValues);
}

template <>
void look_up_pixels(const std::uint8_t* from, int count, int padded, const float* entries,
                    float* planes) {
  for (int c = 0; c < 3; ++c) {
    float* to = planes + c * kPlane;
    for (int i = 0; i < count; ++i) to[i] = entries[c * kValues + from[3 * i + c]];
    for (int i = count; i < padded; ++i) to[i] = 0;
  }
}

#endif

// ---- all pixels, where there are no other stages

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
