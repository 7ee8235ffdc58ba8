// The Python module nightlift.adjust._kernels: arguments, threads and the choice of instruction
// set. Compiled for the baseline only.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "arguments.h"
#include "kernels.h"

namespace py = pybind11;
using namespace nightlift;

namespace {

constexpr int kRowsOfTask = 64;
constexpr int kWords = 65536;

struct InstructionSet {
  const char* name;
  const Kernels* kernels;
};

std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets{{"baseline", &kernels_baseline}};
#if defined(NIGHTLIFT_AVX2) || defined(NIGHTLIFT_AVX512)
  __builtin_cpu_init();
#endif
#if defined(NIGHTLIFT_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    sets.push_back({"avx2", &kernels_avx2});
#endif
#if defined(NIGHTLIFT_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("fma"))
    sets.push_back({"avx512", &kernels_avx512});
#endif
  return sets;
}

const Kernels& kernels_named(const std::string& name) {
  for (const InstructionSet& set : instruction_sets())
    if (name == set.name) return *set.kernels;
  throw std::invalid_argument("no such instruction set: " + name);
}

Type type_of(const py::array& pixels) {
  if (py::isinstance<py::array_t<std::uint8_t>>(pixels)) return Type::u8;
  if (py::isinstance<py::array_t<std::uint16_t>>(pixels)) return Type::u16;
  if (py::isinstance<py::array_t<float>>(pixels)) return Type::f32;
  throw std::invalid_argument("pixels are uint8, uint16 or float32");
}

Job job_of(const py::array& from, py::array& to, float strength, const std::vector<Stage>& stages) {
  const auto packed = [](const py::array& a) {
    return a.ndim() == 3 && a.shape(2) == 3 && a.strides(2) == a.itemsize() &&
           a.strides(1) == 3 * a.itemsize();
  };
  if (!packed(from) || !packed(to) || from.shape(0) != to.shape(0) ||
      from.shape(1) != to.shape(1) || type_of(from) != type_of(to))
    throw std::invalid_argument("both arrays are (h, W, 3) of one type, pixels side by side");
  Job job;
  job.type = type_of(from);
  job.from = static_cast<const char*>(from.data());
  job.to = static_cast<char*>(to.mutable_data());
  job.from_stride = from.strides(0);
  job.to_stride = to.strides(0);
  job.height = static_cast<int>(from.shape(0));
  job.width = static_cast<int>(from.shape(1));
  job.strength = strength;
  job.stages = stages.data();
  job.stage_count = static_cast<int>(stages.size());
  return job;
}

// Calls work(thread, begin, end) over all rows, in blocks that the threads take as they go.
template <typename Work>
void in_blocks(int rows, int block, int threads, const Work& work) {
  std::atomic<int> next{0};
  const auto loop = [&](int thread) {
    for (int begin = next.fetch_add(block); begin < rows; begin = next.fetch_add(block))
      work(thread, begin, std::min(begin + block, rows));
  };
  std::vector<std::thread> others;
  others.reserve(static_cast<std::size_t>(threads));
  try {
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(loop, thread);
  } catch (const std::system_error&) {
    // The threads that could be started share the work.
  }
  loop(0);
  for (std::thread& other : others) other.join();
}

struct Shares {
  int block, threads;
};

// A task has some ten thousand pixels at least, so that a small photo is not worth a thread.
Shares shares(const Job& job, int wanted) {
  const int least = std::max(1, 16384 / job.width);
  const int fair = (job.height + 4 * wanted - 1) / (4 * wanted);
  const int block = std::clamp(fair, least, std::max(least, kRowsOfTask));
  return {block, std::min(wanted, (job.height + block - 1) / block)};
}

constexpr std::size_t kLine = 16;  // floats of 64 bytes

// So many floats for each thread, aligned to 64 bytes.
class Scratch {
 public:
  Scratch(std::size_t floats, int threads)
      : each_((floats + 2 * kLine) / kLine * kLine),
        memory_(each_ * static_cast<std::size_t>(threads) + kLine) {}
  float* of(int thread) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data()) / sizeof(float) % kLine;
    return memory_.data() + (kLine - at) % kLine + each_ * static_cast<std::size_t>(thread);
  }

 private:
  std::size_t each_;
  std::vector<float> memory_;
};

void run_rows(const Kernels& kernels, const Job& job, int wanted) {
  const auto [block, threads] = shares(job, wanted);
  Scratch scratch(kernels.scratch(job), threads);
  in_blocks(job.height, block, threads, [&](int thread, int begin, int end) {
    kernels.rows(job, begin, end, scratch.of(thread));
  });
}

// All values of a type, each three times, put through the job's stages.
template <typename T>
std::vector<T> table_of(const Kernels& kernels, const Job& job, int values) {
  std::vector<T> table(3 * static_cast<std::size_t>(values));
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<T>(i / 3);
  Job ramp = job;
  ramp.from = reinterpret_cast<const char*>(table.data());
  ramp.to = reinterpret_cast<char*>(table.data());
  ramp.height = 1;
  ramp.width = values;
  run_rows(kernels, ramp, 1);
  return table;
}

void run_table(const Kernels& kernels, const Job& job, int wanted) {
  const auto [block, threads] = shares(job, wanted);
  std::vector<std::uint8_t> planes(3 * kKnots);
  std::vector<std::uint16_t> words;
  const void* table = planes.data();
  if (job.type == Type::u8) {
    const auto mixed = table_of<std::uint8_t>(kernels, job, kKnots);
    for (std::size_t i = 0; i < mixed.size(); ++i) planes[i % 3 * kKnots + i / 3] = mixed[i];
  } else {
    words = table_of<std::uint16_t>(kernels, job, kWords);
    table = words.data();
  }
  in_blocks(job.height, block, threads, [&, at = table](int, int begin, int end) {
    kernels.look_up(job, at, begin, end);
  });
}

// Tone tables alone give the same result wherever a value occurs: worth a table of all values
// where there are more pixels than those.
bool tabulated(const Job& job) {
  const auto is_tone = [](const Stage& stage) { return stage.kind == Kind::tone_table; };
  const auto pixels = std::ptrdiff_t{job.height} * job.width;
  return job.type != Type::f32 && pixels >= (job.type == Type::u8 ? kKnots : 2 * kWords) &&
         std::all_of(job.stages, job.stages + job.stage_count, is_tone);
}

void apply(const std::string& instruction_set, const py::list& stages, const py::array& rows,
           py::array& out, py::ssize_t top, float strength, int threads) {
  const Kernels& kernels = kernels_named(instruction_set);
  if (rows.ndim() != 3 || rows.size() == 0 || threads < 1)
    throw std::invalid_argument("expected (h, W, 3) pixels and at least one thread");
  Kept kept;
  const Span span{top, rows.shape(0), rows.shape(1)};
  const std::vector<Stage> parsed = stages_of(stages, span, kept);
  const Job job = job_of(rows, out, strength, parsed);
  const py::gil_scoped_release released;
  tabulated(job) ? run_table(kernels, job, threads) : run_rows(kernels, job, threads);
}

// Three planes, rows side by side in memory, luma and twice chroma of half the size.
void planes_of(const py::tuple& from, py::tuple& to, Frame& frame) {
  for (std::size_t p = 0; p < 3; ++p) {
    const auto source = from[p].cast<py::array>();
    auto target = to[p].cast<py::array>();
    const auto fits = [&](const py::array& plane) {
      const py::ssize_t half = p > 0;
      return plane.ndim() == 2 && plane.strides(1) == plane.itemsize() &&
             plane.shape(0) == (frame.height + half) >> half &&
             plane.shape(1) == (frame.width + half) >> half && type_of(plane) == frame.job.type;
    };
    if (!fits(source) || !fits(target) || frame.job.type == Type::f32)
      throw std::invalid_argument("planes are uint8 or uint16, chroma half as high and wide");
    frame.from[p] = static_cast<const char*>(source.data());
    frame.to[p] = static_cast<char*>(target.mutable_data());
    frame.from_stride[p] = source.strides(0);
    frame.to_stride[p] = target.strides(0);
  }
}

void weights_of(const Floats& from, float* to) {
  if (from.size() != 12) throw std::invalid_argument("a conversion is (3, 4)");
  std::copy_n(from.data(), 12, to);
}

void apply_frame(const std::string& instruction_set, const py::list& stages, const py::tuple& from,
                 py::tuple& to, const Floats& to_rgb, const Floats& to_yuv, int most,
                 float strength, bool fine) {
  const Kernels& kernels = kernels_named(instruction_set);
  const auto luma = from[0].cast<py::array>();
  if (luma.ndim() != 2 || luma.size() == 0)
    throw std::invalid_argument("expected a plane of luma (H, W)");
  Frame frame;
  frame.height = static_cast<int>(luma.shape(0));
  frame.width = static_cast<int>(luma.shape(1));
  frame.most = static_cast<float>(most);
  frame.fine = fine;
  Kept kept;
  kept.blocks = true;
  const std::vector<Stage> parsed = stages_of(stages, {0, luma.shape(0), luma.shape(1)}, kept);
  Job& job = frame.job;
  job.type = type_of(luma);
  job.height = (frame.height + 1) / 2;
  job.width = (frame.width + 1) / 2;
  job.strength = strength;
  job.stages = parsed.data();
  job.stage_count = static_cast<int>(parsed.size());
  planes_of(from, to, frame);
  weights_of(to_rgb, frame.to_rgb);
  weights_of(to_yuv, frame.to_yuv);
  const py::gil_scoped_release released;
  Scratch scratch(kernels.frame_scratch(frame), 1);
  kernels.frame_rows(frame, 0, job.height, scratch.of(0));
}

}  // namespace

PYBIND11_MODULE(_kernels, module) {
  module.doc() = "The compiled twins of the adjustments; nightlift.adjust.kernels is the way in.";
  module.def("instruction_sets", [] {
    py::list names;
    for (const InstructionSet& set : instruction_sets()) names.append(set.name);
    return names;
  });
  module.def("apply", &apply);
  module.def("apply_frame", &apply_frame);
}
