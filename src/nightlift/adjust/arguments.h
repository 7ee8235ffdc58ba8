// What Python says of an adjustment, as the kernels want it. Only binding.cpp includes this.
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace {

namespace py = pybind11;
using namespace nightlift;

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Indices = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

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

  const float* floats(const py::handle& from, py::ssize_t wanted = -1) {
    Floats array = Floats::ensure(from);
    if (!array) throw py::error_already_set();
    if (wanted >= 0 && array.size() != wanted)
      throw std::invalid_argument("expected an array of another size");
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

// (kind, cells, least, guide, down, across), guide None or (w1, b1, w2, b2)
Stage bilateral_grid(const py::tuple& from, const Span& span, Kept& kept) {
  const auto cells = from[1].cast<py::array>();
  Stage stage;
  stage.kind = Kind::bilateral_grid;
  stage.cells = kept.floats(cells);
  stage.height = static_cast<int>(cells.shape(0));
  stage.width = static_cast<int>(cells.shape(1));
  stage.bins = static_cast<int>(cells.shape(2));
  stage.least = from[2].cast<float>();
  if (!from[3].is_none()) stage.guide = guide_of(from[3].cast<py::tuple>(), kept);
  stage.down = kept.axis(from[4], span.top, span.height);
  stage.across = kept.axis(from[5], 0, span.width);
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

// (kind, cube, curves), the cube (n, n, n, 4), curves None or (k, 3)
Stage lut3d(const py::tuple& from, Kept& kept) {
  const auto cube = from[1].cast<py::array>();
  Stage stage;
  stage.kind = Kind::lut3d;
  stage.width = static_cast<int>(cube.shape(0));
  const py::ssize_t side = stage.width;
  stage.cells = kept.floats(cube, 4 * side * side * side);
  if (!from[2].is_none()) {
    stage.count = static_cast<int>(from[2].cast<py::array>().shape(0));
    stage.table = kept.floats(from[2], py::ssize_t{3} * stage.count);
  }
  return stage;
}

std::vector<Stage> stages_of(const py::list& from, const Span& span, Kept& kept);

void hold_stages(const py::handle& from, const Span& span, Kept& kept, Stage& stage) {
  auto inner = std::make_unique<std::vector<Stage>>(stages_of(from.cast<py::list>(), span, kept));
  stage.stages = inner->data();
  stage.stage_count = static_cast<int>(inner->size());
  kept.stages.push_back(std::move(inner));
}

// (kind, curve, balance, saturation)
Stage develop(const py::tuple& from, Kept& kept) {
  Stage stage;
  stage.kind = Kind::develop;
  stage.table = kept.floats(from[1], kKnots);
  std::copy_n(kept.floats(from[2], 3), 3, stage.balance);
  stage.saturation = from[3].cast<float>();
  return stage;
}

// (kind, stages), and of scaled ones the strength
Stage around(Kind kind, const py::tuple& from, const Span& span, Kept& kept) {
  Stage stage;
  stage.kind = kind;
  if (kind == Kind::scaled) stage.strength = from[2].cast<float>();
  hold_stages(from[1], span, kept, stage);
  return stage;
}

// (decode, mixing, encode, quick), curves or None
Recoding recoding(const py::tuple& from, Kept& kept) {
  const auto curves = [&](const py::handle& given) {
    return given.is_none() ? nullptr : kept.floats(given, 3 * kCurveKnots);
  };
  Recoding to;
  to.decode = curves(from[0]);
  std::copy_n(kept.floats(from[1], 9), 9, to.mixing);
  to.encode = curves(from[2]);
  to.quick = from[3].cast<bool>();
  return to;
}

// (kind, there, back, stages)
Stage in_srgb(const py::tuple& from, const Span& span, Kept& kept) {
  Stage stage;
  stage.kind = Kind::in_srgb;
  stage.there = recoding(from[1].cast<py::tuple>(), kept);
  stage.back = recoding(from[2].cast<py::tuple>(), kept);
  hold_stages(from[3], span, kept, stage);
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
    else if (kind == "light_grid")
      stages.push_back(light_grid(one, span, kept));
    else if (kind == "lut3d")
      stages.push_back(lut3d(one, kept));
    else if (kind == "develop")
      stages.push_back(develop(one, kept));
    else if (kind == "hue_kept")
      stages.push_back(around(Kind::hue_kept, one, span, kept));
    else if (kind == "scaled")
      stages.push_back(around(Kind::scaled, one, span, kept));
    else if (kind == "in_srgb")
      stages.push_back(in_srgb(one, span, kept));
    else
      throw std::invalid_argument("no such kind of adjustment: " + kind);
  }
  return stages;
}

}  // namespace
