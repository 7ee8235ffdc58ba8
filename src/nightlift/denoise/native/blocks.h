// A photo in blocks that threads denoise by themselves, all scales one after the other: what is in
// hand is bounded, and stays in the processor's cache. Only binding.cpp includes this.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "denoise.h"

namespace nightlift::denoise {

constexpr int kBlockRows = 512, kLeastBlockRows = 96, kBlockColumns = 960;

class Scratch {
 public:
  Scratch(std::size_t floats, int threads)
      : each_((floats + 31) / 16 * 16),
        memory_(new float[each_ * static_cast<std::size_t>(threads) + 16]) {}
  float* of(int thread) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.get()) / sizeof(float) % 16;
    return memory_.get() + (16 - at) % 16 + each_ * static_cast<std::size_t>(thread);
  }

 private:
  std::size_t each_;
  std::unique_ptr<float[]> memory_;
};

struct Block {
  Span rows, columns;
};

struct Output {
  char* data;
  std::ptrdiff_t stride;
  int first;  // row of the photo
};

// `span` with what is around it, within a side.
inline Span around(const Span& span, int reach, int side) {
  return {std::max(0, span.first - reach), std::min(side, span.end + reach)};
}

// What an enlargement of a side that is half as long to `span` looks at.
inline Span halves(const Span& span, int side) {
  return {std::max(0, span.first / 2 - 1), std::min(halved(side), (span.end + 1) / 2 + 1)};
}

// A span in parts of about the same size, at most so large, that begin at multiples of `step`.
inline std::vector<Span> parts_of(const Span& span, int most, int step) {
  const int count = (span.size() + most - 1) / most;
  const int size = ((span.size() + count - 1) / count + step - 1) / step * step;
  std::vector<Span> parts;
  for (int first = span.first; first < span.end; first += size)
    parts.push_back({first, std::min(first + size, span.end)});
  return parts;
}

inline std::vector<Block> blocks_of(const Span& rows, int width, int threads) {
  const std::vector<Span> columns = parts_of({0, width}, kBlockColumns, kPatch);
  const int wanted = (2 * threads + static_cast<int>(columns.size()) - 1) / static_cast<int>(columns.size());
  const int most = std::clamp((rows.size() + wanted - 1) / wanted, kLeastBlockRows, kBlockRows);
  std::vector<Block> blocks;
  for (const Span& down : parts_of(rows, most, 4))
    for (const Span& across : columns) blocks.push_back({down, across});
  return blocks;
}

// What is needed at each scale: rows of the first scale's, and columns of it from multiples of
// kPatch on.
inline std::vector<Block> needed(const Plan& plan, const Block& block) {
  std::vector<Block> out{block};
  for (int s = 1; s < plan.scales; ++s) {
    const int height = side_at(plan.height, s - 1), width = side_at(plan.width, s - 1);
    const Span rows = halves(around(out.back().rows, kReach, height), height);
    Span columns = halves(around(out.back().columns, kMargin, width), width);
    columns.first = columns.first / kPatch * kPatch;
    out.push_back({rows, columns});
  }
  return out;
}

// Rows of the photo that denoising some of it looks at.
inline Span rows_seen(const Plan& plan, const Span& rows) {
  Span seen = around(rows, kReach, plan.height);
  const std::vector<Block> all = needed(plan, {rows, {0, plan.width}});
  for (int s = 1; s < plan.scales; ++s) {
    const Span own = around(all[static_cast<std::size_t>(s)].rows, kReach, side_at(plan.height, s));
    seen.first = std::min(seen.first, own.first << s);
    seen.end = std::max(seen.end, std::min(plan.height, own.end << s));
  }
  return seen;
}

// Planes whose memory is used again for the next block.
struct Store {
  std::vector<float> memory;
  Planes planes;
  void hold(const Block& block) {
    constexpr std::ptrdiff_t pad = 48;  // registers reach beyond the end
    planes.rows = block.rows;
    planes.columns = block.columns;
    planes.stride = (block.columns.size() + 15) / 16 * 16 + pad;
    const auto size = static_cast<std::size_t>(block.rows.size() * planes.stride);
    if (memory.size() < 3 * size + pad) memory.resize(3 * size + pad);
    for (std::size_t p = 0; p < 3; ++p) planes.data[p] = memory.data() + p * size;
  }
};

// All that a thread has in hand: halved planes of scales 1 on, and what is taken from them.
class Work {
 public:
  Work(const Denoise& isa, const Plan& plan, const Strip& strip)
      : isa_(isa), plan_(plan), strip_(strip), scratch_(isa.scratch(), 1) {}

  void denoise(const Block& block, const Output& out) {
    const std::vector<Block> wanted = needed(plan_, block);
    halve(wanted);
    for (std::size_t s = wanted.size(); s-- > 1;) denoise_scale(s, wanted[s]);
    char* to = out.data + (block.rows.first - out.first) * out.stride;
    for (const Span& columns : parts_of(block.columns, kTileColumns, kPatch))
      isa_.pixels(plan_, {0, block.rows, columns}, strip_, taken_from(1), to, out.stride,
                  scratch_.of(0));
  }

 private:
  // Halves in places that are needed there and at coarser scales.
  void halve(const std::vector<Block>& wanted) {
    std::vector<Block> seen(wanted.size());
    for (std::size_t s = wanted.size(); s-- > 1;) {
      const int scale = static_cast<int>(s);
      const int height = side_at(plan_.height, scale), width = side_at(plan_.width, scale);
      seen[s] = {around(wanted[s].rows, kReach, height),
                 around(wanted[s].columns, kMargin, width)};
      if (s + 1 == wanted.size()) continue;
      seen[s].rows = with_halves(seen[s].rows, seen[s + 1].rows, height);
      seen[s].columns = with_halves(seen[s].columns, seen[s + 1].columns, width);
    }
    for (std::size_t s = 1; s < wanted.size(); ++s) {
      const int finer = static_cast<int>(s) - 1;
      halves_[s].hold(seen[s]);
      if (s == 1)
        isa_.halve_pixels(plan_, strip_, halves_[s].planes);
      else
        isa_.halve_planes(halves_[s - 1].planes, side_at(plan_.height, finer),
                          side_at(plan_.width, finer), halves_[s].planes);
    }
  }

  static Span with_halves(const Span& own, const Span& half, int side) {
    return {std::min(own.first, 2 * half.first), std::max(own.end, std::min(side, 2 * half.end))};
  }

  void denoise_scale(std::size_t s, const Block& block) {
    taken_[s].hold(block);
    for (const Span& columns : parts_of(block.columns, kTileColumns, kPatch))
      isa_.planes(plan_, {static_cast<int>(s), block.rows, columns}, halves_[s].planes,
                  taken_from(s + 1), taken_[s].planes, scratch_.of(0));
  }

  const Planes* taken_from(std::size_t s) const {
    return s < static_cast<std::size_t>(plan_.scales) ? &taken_[s].planes : nullptr;
  }

  const Denoise& isa_;
  const Plan& plan_;
  const Strip& strip_;
  Scratch scratch_;
  Store halves_[kMostScales], taken_[kMostScales];
};

}  // namespace nightlift::denoise
