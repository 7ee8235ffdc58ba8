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

#include "kernels.h"

namespace py = pybind11;
using namespace nightlift;

namespace {

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Indices = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

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

// The places of blocks, from those of pixels: the middle of two.
void halve(std::vector<std::int32_t>& index, std::vector<float>& fraction) {
  const std::int32_t last = index.back();
  const std::size_t count = (index.size() + 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t a = 2 * i, b = std::min(a + 1, index.size() - 1);
    const float apart = static_cast<float>(index[b] - index[a]);
    const float middle = 0.5f * (fraction[a] + fraction[b] + apart);
    const std::int32_t whole = std::min(static_cast<std::int32_t>(middle), last - index[a]);
    index[i] = index[a] + whole;
    fraction[i] = middle - static_cast<float>(whole);
  }
  index.resize(count);
  fraction.resize(count);
}

// Arrays that the stages point into, kept while the kernels run.
struct Kept {
  bool blocks = false;  // axes are for blocks of two by two pixels
  std::vector<py::object> arrays;
  std::vector<std::unique_ptr<std::vector<std::int32_t>>> indices;
  std::vector<std::unique_ptr<std::vector<float>>> numbers;
  std::vector<std::unique_ptr<std::vector<Stage>>> stages;

  const float* floats(const py::handle& from) {
    Floats array = Floats::ensure(from);
    if (!array) throw py::error_already_set();
    arrays.push_back(array);
    return array.data();
  }

  // The places from `offset` on, padded by kTile places like the last.
  Axis axis(const py::handle& from, py::ssize_t offset, py::ssize_t wanted) {
    const auto pair = from.cast<py::tuple>();
    const Indices index = Indices::ensure(pair[0]);
    const Floats fraction = Floats::ensure(pair[1]);
    if (!index || !fraction) throw py::error_already_set();
    if (index.size() != fraction.size() || index.size() < offset + wanted || wanted < 1)
      throw std::invalid_argument("an axis has a place for each row and column");
    auto whole = std::make_unique<std::vector<std::int32_t>>(index.data() + offset,
                                                             index.data() + offset + wanted);
    auto part = std::make_unique<std::vector<float>>(fraction.data() + offset,
                                                     fraction.data() + offset + wanted);
    if (blocks) halve(*whole, *part);
    whole->resize(whole->size() + kTile, whole->back());
    part->resize(part->size() + kTile, part->back());
    const Axis axis{whole->data(), part->data()};
    indices.push_back(std::move(whole));
    numbers.push_back(std::move(part));
    return axis;
  }
};

struct Span {
  py::ssize_t top, height, width;
};

Stage tone_table(const py::tuple& from, Kept& kept) {
  Stage stage;
  stage.kind = Kind::tone_table;
  stage.table = kept.floats(from[1]);
  return stage;
}

// (kind, maps, steps, down, across)
Stage curve_map(const py::tuple& from, const Span& span, Kept& kept) {
  const auto maps = from[1].cast<py::array>();
  Stage stage;
  stage.kind = Kind::curve_map;
  stage.maps = kept.floats(maps);
  stage.count = static_cast<int>(maps.shape(0));
  stage.height = static_cast<int>(maps.shape(1));
  stage.width = static_cast<int>(maps.shape(2));
  stage.steps = from[2].cast<int>();
  stage.down = kept.axis(from[3], span.top, span.height);
  stage.across = kept.axis(from[4], 0, span.width);
  return stage;
}

// (w1, b1, w2, b2)
Guide guide_of(const py::tuple& from, Kept& kept) {
  const float *w1 = kept.floats(from[0]), *b1 = kept.floats(from[1]), *w2 = kept.floats(from[2]);
  Guide guide;
  guide.hidden = static_cast<int>(from[0].cast<py::array>().shape(0));
  auto units = std::make_unique<std::vector<float>>(kUnit);
  (*units)[3] = 2 * from[3].cast<float>();
  for (const bool added : {true, false})
    for (int j = 0; j < guide.hidden; ++j) {
      if ((w2[j] > 0) != added) continue;
      guide.added += added;
      const float *w = w1 + 3 * j, parts[kUnit] = {w[0], w[1], w[2], b1[j], w[0] + w[1] + w[2]};
      for (int c = 0; c < kUnit; ++c) {
        units->push_back(w2[j] * parts[c]);
        (*units)[c] += units->back();
      }
    }
  guide.units = units->data();
  kept.numbers.push_back(std::move(units));
  return guide;
}

// (kind, cells, divide, guide, down, across), guide None or (w1, b1, w2, b2)
Stage bilateral_grid(const py::tuple& from, const Span& span, Kept& kept) {
  const auto cells = from[1].cast<py::array>();
  Stage stage;
  stage.kind = Kind::bilateral_grid;
  stage.cells = kept.floats(cells);
  stage.height = static_cast<int>(cells.shape(0));
  stage.width = static_cast<int>(cells.shape(1));
  stage.bins = static_cast<int>(cells.shape(2));
  stage.divide = from[2].cast<bool>();
  if (!from[3].is_none()) stage.guide = guide_of(from[3].cast<py::tuple>(), kept);
  stage.down = kept.axis(from[4], span.top, span.height);
  stage.across = kept.axis(from[5], 0, span.width);
  return stage;
}

// (kind, curve, balance, saturation)
Stage develop(const py::tuple& from, Kept& kept) {
  Stage stage;
  stage.kind = Kind::develop;
  stage.table = kept.floats(from[1]);
  std::copy_n(kept.floats(from[2]), 3, stage.balance);
  stage.saturation = from[3].cast<float>();
  return stage;
}

// (kind, gains, color, black, down, across)
Stage light_grid(const py::tuple& from, const Span& span, Kept& kept) {
  const auto gains = from[1].cast<py::array>();
  Stage stage;
  stage.kind = Kind::light_grid;
  stage.gains = kept.floats(gains);
  stage.height = static_cast<int>(gains.shape(0));
  stage.width = static_cast<int>(gains.shape(1));
  stage.bins = static_cast<int>(gains.shape(2));
  stage.color = from[2].cast<float>();
  stage.black = from[3].cast<float>();
  stage.down = kept.axis(from[4], span.top, span.height);
  stage.across = kept.axis(from[5], 0, span.width);
  return stage;
}

std::vector<Stage> stages_of(const py::list& from, const Span& span, Kept& kept);

// (kind, stages), and of scaled ones the strength
Stage around(Kind kind, const py::tuple& from, const Span& span, Kept& kept) {
  auto inner = std::make_unique<std::vector<Stage>>(
      stages_of(from[1].cast<py::list>(), span, kept));
  Stage stage;
  stage.kind = kind;
  if (kind == Kind::scaled) stage.strength = from[2].cast<float>();
  stage.stages = inner->data();
  stage.stage_count = static_cast<int>(inner->size());
  kept.stages.push_back(std::move(inner));
  return stage;
}

std::vector<Stage> stages_of(const py::list& from, const Span& span, Kept& kept) {
  std::vector<Stage> stages;
  for (const py::handle& item : from) {
    const auto one = item.cast<py::tuple>();
    const auto kind = one[0].cast<std::string>();
    if (kind == "tone_table")
      stages.push_back(tone_table(one, kept));
    else if (kind == "curve_map")
      stages.push_back(curve_map(one, span, kept));
    else if (kind == "bilateral_grid")
      stages.push_back(bilateral_grid(one, span, kept));
    else if (kind == "develop")
      stages.push_back(develop(one, kept));
    else if (kind == "light_grid")
      stages.push_back(light_grid(one, span, kept));
    else if (kind == "hue_kept")
      stages.push_back(around(Kind::hue_kept, one, span, kept));
    else if (kind == "scaled")
      stages.push_back(around(Kind::scaled, one, span, kept));
    else
      throw std::invalid_argument("no such kind of adjustment: " + kind);
  }
  return stages;
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
