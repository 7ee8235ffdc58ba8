// The flattest windows of each brightness. Only binding.cpp includes this.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "denoise.h"

namespace nightlift::denoise {

// Indices of the windows from the darkest to the brightest, in order where they are alike.
inline std::vector<int> by_level(const std::vector<Energies>& windows) {
  struct Entry {
    std::uint32_t key;
    int index;
  };
  std::vector<Entry> entries(windows.size()), sorted(windows.size());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    std::memcpy(&entries[i].key, &windows[i].level, sizeof(float));  // ordered: none is negative
    entries[i].index = static_cast<int>(i);
  }
  for (int shift = 0; shift < 32; shift += 8) {
    std::size_t starts[257] = {};
    for (const Entry& e : entries) ++starts[(e.key >> shift & 255) + 1];
    for (int k = 0; k < 256; ++k) starts[k + 1] += starts[k];
    for (const Entry& e : entries) sorted[starts[e.key >> shift & 255]++] = e;
    entries.swap(sorted);
  }
  std::vector<int> order(windows.size());
  std::transform(entries.begin(), entries.end(), order.begin(),
                 [](const Entry& e) { return e.index; });
  return order;
}

// Adds the sums of squares of those `count` windows that have least in the middle bands.
inline void add_flattest(const std::vector<Energies>& windows, const int* order, int size,
                         int component, int count, double* to) {
  std::vector<std::pair<float, int>> energies(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    const float* bands = windows[static_cast<std::size_t>(order[i])].bands[component];
    energies[static_cast<std::size_t>(i)] = {bands[1] + bands[2], order[i]};
  }
  std::nth_element(energies.begin(), energies.begin() + (count - 1), energies.end());
  for (int i = 0; i < count; ++i) {
    const auto window = static_cast<std::size_t>(energies[static_cast<std::size_t>(i)].second);
    for (int b = 0; b < kBands; ++b)
      to[b] += static_cast<double>(windows[window].bands[component][b]);
  }
}

// Of each brightness the mean level, and the sums of squares of its flattest windows by component
// and band, (2, bins, kBands), over their number.
struct Flattest {
  std::vector<float> levels, sums;
};

inline Flattest flattest_of(const std::vector<Energies>& windows, int bins, double share) {
  const std::vector<int> order = by_level(windows);
  const auto total = static_cast<int>(windows.size());
  Flattest found{std::vector<float>(static_cast<std::size_t>(bins)),
                 std::vector<float>(static_cast<std::size_t>(2 * bins * kBands))};
  for (int bin = 0, start = 0; bin < bins; ++bin) {
    const int size = total / bins + (bin < total % bins);
    const int count = std::max(1, static_cast<int>(share * size));
    double level = 0;
    for (int i = start; i < start + size; ++i) {
      const auto window = static_cast<std::size_t>(order[static_cast<std::size_t>(i)]);
      level += static_cast<double>(windows[window].level);
    }
    found.levels[static_cast<std::size_t>(bin)] = static_cast<float>(level / size);
    for (int k = 0; k < 2; ++k) {
      double sums[kBands] = {};
      add_flattest(windows, order.data() + start, size, k, count, sums);
      for (int b = 0; b < kBands; ++b)
        found.sums[static_cast<std::size_t>((k * bins + bin) * kBands + b)] =
            static_cast<float>(sums[b] / count);
    }
    start += size;
  }
  return found;
}

}  // namespace nightlift::denoise
