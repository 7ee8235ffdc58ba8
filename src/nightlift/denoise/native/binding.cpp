// The Python module nightlift.denoise._denoise: arguments, threads and the choice of instruction
// set. Compiled for the baseline only.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "blocks.h"
#include "denoise.h"
#include "flattest.h"

namespace py = pybind11;
using namespace nightlift::denoise;

namespace {

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;

const Denoise& denoise_named(const std::string& name) {
#if defined(NIGHTLIFT_AVX512)
  if (name == "avx512") return denoise_avx512;
#endif
#if defined(NIGHTLIFT_AVX2)
  if (name == "avx2") return denoise_avx2;
#endif
  if (name == "baseline") return denoise_baseline;
  throw std::invalid_argument("no such instruction set: " + name);
}

Type type_of(const py::array& pixels) {
  if (py::isinstance<py::array_t<std::uint8_t>>(pixels)) return Type::u8;
  if (py::isinstance<py::array_t<std::uint16_t>>(pixels)) return Type::u16;
  if (py::isinstance<py::array_t<float>>(pixels)) return Type::f32;
  throw std::invalid_argument("pixels are uint8, uint16 or float32");
}

// Calls work(thread, i) for all i below `count`; threads take them as they go.
template <typename Work>
void in_parallel(int count, int threads, const Work& work) {
  std::atomic<int> next{0};
  const auto loop = [&](int thread) {
    for (int i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(thread, i);
  };
  std::vector<std::thread> others;
  try {
    for (int thread = 1; thread < std::min(threads, count); ++thread)
      others.emplace_back(loop, thread);
  } catch (const std::system_error&) {
    // The threads that could be started share the work.
  }
  loop(0);
  for (std::thread& other : others) other.join();
}

bool packed(const py::array& a) {
  return a.ndim() == 3 && a.shape(2) == 3 && a.strides(2) == a.itemsize() &&
         a.strides(1) == 3 * a.itemsize();
}

// Where the rows of arrays begin, one array below the other.
std::vector<const char*> rows_of(const py::list& strips, const py::array& like) {
  std::vector<const char*> rows;
  for (const py::handle each : strips) {
    const auto strip = py::reinterpret_borrow<py::array>(each);
    if (!py::isinstance<py::array>(each) || !packed(strip) || strip.shape(1) != like.shape(1) ||
        type_of(strip) != type_of(like))
      throw std::invalid_argument("all arrays are (h, W, 3) of one type, pixels side by side");
    const auto* data = static_cast<const char*>(strip.data());
    for (py::ssize_t y = 0; y < strip.shape(0); ++y) rows.push_back(data + y * strip.strides(0));
  }
  return rows;
}

// noise: (2, grid height, grid width, kLevels); weights: (scales, 2, 8, 8).
void apply(const std::string& instruction_set, const py::list& strips, int first, py::array& out,
           int top, int height, const Floats& noise, const Floats& weights, float softness,
           float reach, float luma_amount, float chroma_amount, int threads) {
  const Denoise& isa = denoise_named(instruction_set);
  if (!packed(out) || threads < 1)
    throw std::invalid_argument("the result is (h, W, 3), pixels side by side");
  const std::vector<const char*> from_rows = rows_of(strips, out);
  if (noise.ndim() != 4 || noise.shape(0) != 2 || noise.shape(3) != kLevels ||
      weights.ndim() != 4 || weights.shape(0) > kMostScales || weights.shape(0) < 1 ||
      weights.size() != weights.shape(0) * 2 * kFrequencies)
    throw std::invalid_argument("noise is (2, h, w, levels), weights (scales, 2, 8, 8)");
  Plan plan;
  plan.height = height;
  plan.width = static_cast<int>(out.shape(1));
  plan.scales = static_cast<int>(weights.shape(0));
  plan.grid_height = static_cast<int>(noise.shape(1));
  plan.grid_width = static_cast<int>(noise.shape(2));
  for (py::ssize_t k = 0; k < 2; ++k) plan.noise[k] = noise.data(k, 0, 0, 0);
  plan.weights = weights.data();
  plan.softness = softness;
  plan.reach = reach;
  plan.amounts[kLuma] = luma_amount;
  plan.amounts[kChroma] = chroma_amount;
  const Span rows{top, top + static_cast<int>(out.shape(0))};
  const Span seen = rows_seen(plan, rows);
  if (rows.first < 0 || rows.end > height || first > seen.first ||
      first + static_cast<int>(from_rows.size()) < seen.end)
    throw std::invalid_argument("the strip lacks rows above or below");
  const Strip from{type_of(out), from_rows.data(), first};
  const Output to{static_cast<char*>(out.mutable_data()), out.strides(0), rows.first};
  const py::gil_scoped_release released;
  const std::vector<Block> blocks = blocks_of(rows, plan.width, threads);
  const int most = std::min(threads, static_cast<int>(blocks.size()));
  std::vector<std::unique_ptr<Work>> work(static_cast<std::size_t>(most));
  in_parallel(static_cast<int>(blocks.size()), most, [&](int thread, int i) {
    std::unique_ptr<Work>& own = work[static_cast<std::size_t>(thread)];
    if (!own) own = std::make_unique<Work>(isa, plan, from);
    own->denoise(blocks[static_cast<std::size_t>(i)], to);
  });
}

using Members = py::array_t<bool, py::array::c_style | py::array::forcecast>;

Measuring measuring(const py::array& patches, const py::tuple& steps, const Members& members) {
  if (patches.ndim() != 4 || patches.shape(3) != 3 || patches.strides(3) != patches.itemsize() ||
      patches.strides(2) != 3 * patches.itemsize() || patches.shape(1) > kPatchSide ||
      patches.shape(2) > kPatchSide)
    throw std::invalid_argument("patches are (n, h, w, 3), pixels side by side");
  if (members.size() != kBands * kFrequencies)
    throw std::invalid_argument("members are (bands, 64)");
  Measuring how;
  how.height = static_cast<int>(patches.shape(1));
  how.width = static_cast<int>(patches.shape(2));
  for (int f = 0; f < kFrequencies; ++f) {
    how.bands[f] = -1;
    for (int b = 0; b < kBands; ++b)
      if (members.data()[b * kFrequencies + f]) how.bands[f] = b;
  }
  for (const py::handle each : steps) {
    const int step = each.cast<int>();
    if (std::min(how.height, how.width) >> how.scales < 8) break;
    if (step < 1 || how.scales == kMostScales ||
        windows_along(std::max(how.height, how.width) >> how.scales, step) > kWindowsAlong)
      throw std::invalid_argument("at most eight windows along a side, and five scales");
    how.steps[how.scales++] = step;
  }
  return how;
}

// By scale, (bins) levels and (2, bins, bands) sums of squares over the flattest windows.
py::list flattest(const std::string& instruction_set, const py::array& patches,
                  const py::tuple& steps, const Members& members, int most_bins,
                  int least_windows, double share) {
  const Denoise& isa = denoise_named(instruction_set);
  const Measuring how = measuring(patches, steps, members);
  const auto count = static_cast<std::size_t>(patches.shape(0));
  std::vector<Energies> windows[kMostScales];
  std::size_t each[kMostScales] = {};
  for (int s = 0; s < how.scales; ++s) {
    each[s] = static_cast<std::size_t>(windows_along(how.height >> s, how.steps[s]) *
                                       windows_along(how.width >> s, how.steps[s]));
    windows[s].resize(each[s] * count);
  }
  std::vector<Flattest> found;
  {
    const auto* data = static_cast<const char*>(patches.data());
    const std::ptrdiff_t apart = patches.strides(0), stride = patches.strides(1);
    const Type type = type_of(patches);
    const py::gil_scoped_release released;
    Scratch scratch(isa.patch_scratch(), 1);
    for (std::size_t i = 0; i < count; ++i) {
      Energies* to[kMostScales] = {};
      for (int s = 0; s < how.scales; ++s) to[s] = windows[s].data() + i * each[s];
      const Patch patch{type, data + static_cast<std::ptrdiff_t>(i) * apart, stride};
      isa.energies(how, patch, scratch.of(0), to);
    }
    for (int s = 0; s < how.scales; ++s) {
      const int fit = static_cast<int>(windows[s].size()) / least_windows;
      found.push_back(flattest_of(windows[s], std::max(1, std::min(fit, most_bins)), share));
    }
  }
  py::list out;
  for (const Flattest& scale : found) {
    const auto bins = static_cast<py::ssize_t>(scale.levels.size());
    const py::array_t<float> levels(bins, scale.levels.data());
    const std::vector<py::ssize_t> shape{2, bins, kBands};
    out.append(py::make_tuple(levels, py::array_t<float>(shape, scale.sums.data())));
  }
  return out;
}

}  // namespace

PYBIND11_MODULE(_denoise, module) {
  module.doc() = "The compiled twins of denoise.definition and of denoise.measurement; "
                 "nightlift.denoise.kernel is the way in.";
  module.attr("LEVELS") = kLevels;
  module.def("apply", &apply);
  module.def("flattest", &flattest);
}
