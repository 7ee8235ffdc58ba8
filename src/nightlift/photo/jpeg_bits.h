// Entropy-coded data of a baseline JPEG: Huffman tables, bits read and bits written (ITU-T T.81,
// annexes B.1.1.5, C and F.2.2). Only jpeg_rows.cpp includes this.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kQuick = 12;       // bits that one look decides
constexpr int kEndOfBlock = 128;  // as a step along a block: beyond any run

// How far a symbol of an AC table goes along a block.
inline int step_of(int symbol) {
  const int run = symbol >> 4;
  if (symbol & 15) return run + 1;
  return run == 15 ? 16 : run == 0 ? kEndOfBlock : 64;
}

// One Huffman table.
class Table {
 public:
  Table(const std::string& counts, const std::string& symbols) : symbols_(symbols) {
    if (counts.size() != 16) throw std::invalid_argument("a Huffman table has 16 counts");
    int code = 0, next = 0;
    for (int length = 1; length <= 16; ++length, code <<= 1) {
      const int count = static_cast<unsigned char>(counts[length - 1]);
      first_[length] = next - code;
      for (int i = 0; i < count; ++i, ++code, ++next) take(code, length, next);
      end_[length] = count ? code : -1;
      if (code > 1 << length) throw std::invalid_argument("a Huffman table has too many codes");
    }
    if (next != static_cast<int>(symbols.size()))
      throw std::invalid_argument("a Huffman table has as many symbols as codes");
    for (int window = 0; window < 1 << kQuick; ++window) steps_[window] = steps_in(window);
  }

  // The symbol that the topmost bits begin with; the length of its code, 0 for none.
  int symbol(std::uint64_t bits, int* length) const {
    if (const int quick = quick_[bits >> (64 - kQuick)]) {
      *length = quick >> 8;
      return quick & 255;
    }
    for (*length = kQuick + 1; *length <= 16; ++*length) {
      const int code = static_cast<int>(bits >> (64 - *length));
      if (code < end_[*length]) return static_cast<unsigned char>(symbols_[code + first_[*length]]);
    }
    *length = 0;
    return 0;
  }

  // As many symbols with their values as the topmost bits surely hold: 256 times all their bits,
  // and how far they go along a block; 0 where not one code is whole.
  int steps(std::uint64_t bits) const { return steps_[bits >> (64 - kQuick)]; }

  // A symbol's code and its length, 0 for none.
  std::pair<int, int> code_of(int symbol) const { return {codes_[symbol], lengths_[symbol]}; }

 private:
  void take(int code, int length, int next) {
    if (next >= static_cast<int>(symbols_.size())) return;
    const int symbol = static_cast<unsigned char>(symbols_[next]);
    codes_[symbol] = code;
    lengths_[symbol] = length;
    if (length > kQuick || code >= 1 << length) return;
    const int spare = kQuick - length;
    for (int i = 0; i < 1 << spare; ++i)
      quick_[code << spare | i] = static_cast<std::uint16_t>(length << 8 | symbol);
  }

  std::uint16_t steps_in(int window) const {
    int bits = 0, along = 0;
    while (bits < kQuick && along < 64) {
      const int quick = quick_[(window << bits) & ((1 << kQuick) - 1)];
      if (!quick || bits + (quick >> 8) > kQuick) break;
      const int step = step_of(quick & 255);
      if ((step & ~kEndOfBlock) + along > 63) break;
      bits += (quick >> 8) + (quick & 15);
      along += step;
    }
    return static_cast<std::uint16_t>(bits << 8 | along);
  }

  std::string symbols_;
  std::array<std::uint16_t, 1 << kQuick> quick_{}, steps_{};
  std::array<int, 17> first_{}, end_{};
  std::array<int, 256> codes_{}, lengths_{};
};

// Bits of entropy-coded data, from a byte on; stuffed zeros are left out. What lies beyond a
// marker or the end reads as zeros, and `over` says so.
class Reader {
 public:
  Reader(const std::uint8_t* at, const std::uint8_t* end, int skipped = 0) : at_(at), end_(end) {
    fill();
    skip(skipped);
    filled_ -= skipped;
  }

  // At least 32 bits, the first of them topmost: the longest code and its value have 31.
  std::uint64_t peek() {
    if (held_ < 32) fill();
    return bits_;
  }
  void skip(int count) {
    bits_ <<= count;
    held_ -= count;
  }
  std::int64_t taken() const { return filled_ - held_; }
  bool over() const { return held_ < beyond_; }
  bool at_marker(int marker) const {
    return beyond_ > 0 && !over() && held_ - beyond_ < 8 && end_ - at_ >= 2 && at_[1] == marker;
  }
  const std::uint8_t* behind_marker() const { return at_ + 2; }

  // The byte that the next bit lies in, and which of its bits that is.
  const std::uint8_t* place() const {
    const std::uint8_t* at = at_;
    for (int bits = held_ - beyond_; bits > 0; bits -= 8)
      at -= at[-1] == 0 && at[-2] == 0xFF ? 2 : 1;
    return at;
  }
  int bit() const { return -held_ & 7; }

 private:
  void fill() {
    if (end_ - at_ < 8 || !fill_at_once()) fill_by_bytes();
  }

  // Bits beyond `held_` are put in too, and again the next time: the same ones.
  bool fill_at_once() {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word = word << 8 | at_[i];
    const std::uint64_t absent = ~word;  // a zero byte where there is 0xFF
    if ((absent - 0x0101010101010101u) & ~absent & 0x8080808080808080u) return false;
    bits_ |= word >> held_;
    const int bytes = (63 - held_) >> 3;
    at_ += bytes;
    held_ += 8 * bytes;
    filled_ += 8 * bytes;
    return true;
  }

  void fill_by_bytes() {
    for (; held_ <= 56; held_ += 8, filled_ += 8) {
      std::uint8_t byte = 0;
      if (at_ == end_ || (*at_ == 0xFF && (at_ + 1 == end_ || at_[1] != 0))) {
        beyond_ += 8;
      } else {
        byte = *at_;
        at_ += byte == 0xFF ? 2 : 1;
      }
      bits_ |= static_cast<std::uint64_t>(byte) << (56 - held_);
    }
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::uint64_t bits_ = 0;
  std::int64_t filled_ = 0;
  int held_ = 0, beyond_ = 0;
};

// Entropy-coded data as it is written: zeros stuffed after 0xFF, ones to the end of the last byte.
class Writer {
 public:
  // Room for so many bits: each byte may be stuffed, each put leaves up to four bytes.
  explicit Writer(std::int64_t bits) : out_(static_cast<std::size_t>(bits / 4 + 64), 0) {}

  // At most 32 bits.
  void put(std::uint64_t bits, int count) {
    bits_ = bits_ << count | (bits & ((std::uint64_t{1} << count) - 1));
    held_ += count;
    if (held_ < 32) return;
    held_ -= 32;
    const auto word = static_cast<std::uint32_t>(bits_ >> held_);
    const std::uint32_t absent = ~word;  // a zero byte where there is 0xFF
    const bool stuffs = (absent - 0x01010101u) & ~absent & 0x80808080u;
    for (int shift = 24; shift >= 0; shift -= 8) {
      const auto byte = static_cast<std::uint8_t>(word >> shift);
      out_[size_++] = static_cast<char>(byte);
      if (stuffs && byte == 0xFF) ++size_;
    }
  }
  std::string finished() {
    put(0x7F, -held_ & 7);
    for (; held_ > 0; held_ -= 8) {
      const auto byte = static_cast<std::uint8_t>(bits_ >> (held_ - 8));
      out_[size_++] = static_cast<char>(byte);
      if (byte == 0xFF) ++size_;
    }
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  std::string out_;
  std::size_t size_ = 0;
  std::uint64_t bits_ = 0;
  int held_ = 0;
};

}  // namespace
