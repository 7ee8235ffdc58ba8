// The Python module nightlift.photo._jpeg_rows: where the rows of a baseline JPEG begin in its
// entropy-coded data, and rows cut out of it as data of their own, so that strips of one picture
// can be decoded apart from each other. Huffman codes are followed (ITU-T T.81, annex F.2.2), no
// coefficient is decoded but the differences of the first DC values, which a cut has to restate.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>

#include "jpeg_bits.h"

namespace py = pybind11;

namespace {

constexpr int kMostDcBits = 11;
constexpr int kMostLevel = 32767;  // decoders keep DC values in 16 bits
constexpr std::int64_t kUnitsBetweenSignals = 1 << 18;
constexpr std::size_t kMostRestarts = 1 << 17;
constexpr std::int64_t kRestated = 4 * 32;  // bits that restating differences may add

using Levels = std::array<int, 4>;  // the last DC value of each component

struct Block {
  int component, dc, ac;
  bool first;  // of its component in a unit
};

// Where rows or restart intervals begin. `stated` is what the first differences there are stated
// against, `before` the DC values before.
struct Entry {
  std::int64_t unit;
  const std::uint8_t* place;
  int bit;
  std::int64_t bits;  // of units before this
  Levels stated, before;
  std::size_t restarts;  // so far, one that is here included
};

class Rows {
 public:
  using Components = std::vector<std::array<int, 3>>;  // blocks in a unit, DC table, AC table
  using Tables = std::vector<std::pair<py::bytes, py::bytes>>;

  Rows(py::buffer data, std::size_t start, const Components& components, const Tables& dc,
       const Tables& ac, const Tables& restated, std::int64_t across, std::int64_t down,
       std::int64_t interval)
      : buffer_(data.request()), across_(across), down_(down), interval_(interval),
        reader_(bytes() + start, bytes() + buffer_.size) {
    for (const auto& [counts, symbols] : dc) dc_.emplace_back(counts, symbols);
    for (const auto& [counts, symbols] : ac) ac_.emplace_back(counts, symbols);
    for (const auto& [counts, symbols] : restated) restated_.emplace_back(counts, symbols);
    for (std::size_t c = 0; c < components.size(); ++c)
      for (int i = 0; i < components[c][0]; ++i)
        blocks_.push_back({static_cast<int>(c), components[c][1], components[c][2], i == 0});
    const std::int64_t restarts = interval ? across * down / interval + 1 : 0;
    if (restarts > static_cast<std::int64_t>(kMostRestarts))
      throw std::invalid_argument("too many restart intervals");
    rows_.reserve(static_cast<std::size_t>(down) + 1);  // nothing moves while others read
    restarts_.reserve(static_cast<std::size_t>(restarts));
  }

  // Follows `count` more rows; returns whether all is as it should be so far.
  bool advance(std::int64_t count) {
    const py::gil_scoped_release released;
    const std::int64_t all = across_ * down_;
    if (rows_.empty()) rows_.push_back(entry());
    known_ = rows_.size();
    for (; count > 0 && sound_ && done_ < all; --count) {
      for (std::int64_t i = 0; i < across_ && sound_; ++i) {
        unit();
        ++done_;
        if (interval_ && done_ % interval_ == 0 && done_ < all) restart();
      }
      rows_.push_back(entry());
      known_ = rows_.size();
      sound_ = sound_ && !reader_.over();
      heed_signals();
    }
    if (done_ == all) sound_ = sound_ && reader_.at_marker(0xD9);
    return sound_;
  }

  // Rows `first` to `last` as entropy-coded data of their own, without restarts.
  py::bytes cut(std::size_t first, std::size_t last) const {
    if (first >= last || last >= known_) throw std::out_of_range("no such rows yet");
    std::string out;
    {
      const py::gil_scoped_release released;
      const std::size_t begin = rows_[first].restarts, end = rows_[last].restarts;
      const auto runs = static_cast<std::int64_t>(1 + end - begin);
      Writer writer(rows_[last].bits - rows_[first].bits + kRestated * runs);
      Entry from = rows_[first];
      from.before = {};
      for (std::size_t i = begin; i < end && restarts_[i].unit < rows_[last].unit; ++i) {
        copy(from, restarts_[i].bits, &writer);
        from = restarts_[i];
      }
      copy(from, rows_[last].bits, &writer);
      out = writer.finished();
    }
    return py::bytes(out);
  }

  // How far into the data rows up to `row` reach, in bytes.
  std::size_t offset(std::size_t row) const {
    return static_cast<std::size_t>(rows_.at(row).place - bytes());
  }

 private:
  const std::uint8_t* bytes() const { return static_cast<const std::uint8_t*>(buffer_.ptr); }
  const std::uint8_t* end() const { return bytes() + buffer_.size; }
  Entry entry() const {
    return {done_, reader_.place(), reader_.bit(), bits_ + reader_.taken(), stated_, levels_, restarts_.size()};
  }

  // Lets Ctrl-C end a long run; without the interpreter's lock.
  void heed_signals() {
    if (done_ - heeded_ < kUnitsBetweenSignals) return;
    heeded_ = done_;
    const py::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }

  void restart() {
    const int number = static_cast<int>((done_ / interval_ - 1) & 7);
    sound_ = sound_ && reader_.at_marker(0xD0 + number);
    if (!sound_) return;
    bits_ += reader_.taken();
    reader_ = Reader(reader_.behind_marker(), end());
    stated_ = {};
    restarts_.push_back(entry());
    ++restarts_.back().restarts;
  }

  // One DC difference: its value, its length in bits put into `length`, -1 where it is none.
  static int difference(const Table& table, std::uint64_t bits, int* length) {
    const int size = table.symbol(bits, length);
    if (*length == 0 || size > kMostDcBits) {
      *length = -1;
      return 0;
    }
    const int code = *length;
    *length += size;
    if (size == 0) return 0;
    const int value = static_cast<int>(bits << code >> (64 - size));
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  void unit() {
    for (const Block& block : blocks_) {
      int length = 0;
      const int change = difference(dc_[block.dc], reader_.peek(), &length);
      sound_ = sound_ && length > 0;
      if (!sound_) return;
      const int level = levels_[block.component] = stated_[block.component] += change;
      reader_.skip(length);
      sound_ = level <= kMostLevel && level >= -kMostLevel && skip_coefficients(ac_[block.ac], &reader_);
    }
  }

  static bool skip_coefficients(const Table& table, Reader* reader) {
    Reader local = *reader;  // in registers
    int at = 1;
    while (at < 64) {
      const std::uint64_t bits = local.peek();
      const int steps = table.steps(bits);
      if (steps && at + (steps & (kEndOfBlock - 1)) < 64) {
        local.skip(steps >> 8);
        at += steps & 255;
        continue;
      }
      int length = 0;
      const int symbol = table.symbol(bits, &length);
      if (length == 0) return false;
      local.skip(length + (symbol & 15));
      at += step_of(symbol);
    }
    *reader = local;
    return at == 64 || at >= kEndOfBlock;
  }

  // Everything from an entry up to a number of bits, the first differences stated anew.
  void copy(const Entry& from, std::int64_t until, Writer* writer) const {
    Reader reader(from.place, end(), from.bit);
    std::int64_t left = until - from.bits;
    for (const Block& block : blocks_) {
      int length = 0;
      const int change = difference(dc_[block.dc], reader.peek(), &length);
      const int c = block.component;
      if (block.first)
        restate(restated_[block.dc], change + from.stated[c] - from.before[c], writer);
      else
        writer->put(reader.peek() >> (64 - length), length);
      reader.skip(length);
      left -= length;
      left -= copy_coefficients(ac_[block.ac], &reader, writer);
    }
    for (; left > 0; left -= 32) {
      const int count = left < 32 ? static_cast<int>(left) : 32;
      writer->put(reader.peek() >> (64 - count), count);
      reader.skip(count);
    }
  }

  static std::int64_t copy_coefficients(const Table& table, Reader* reader, Writer* writer) {
    std::int64_t bits = 0;
    for (int at = 1; at < 64;) {
      int length = 0;
      const int symbol = table.symbol(reader->peek(), &length);
      length += symbol & 15;
      writer->put(reader->peek() >> (64 - length), length);
      reader->skip(length);
      bits += length;
      at += step_of(symbol);
    }
    return bits;
  }

  static void restate(const Table& table, int change, Writer* writer) {
    int size = 0;
    while ((change < 0 ? -change : change) >> size) ++size;
    const auto [code, length] = table.code_of(size);
    if (!length) throw std::domain_error("a DC difference has no code");
    writer->put(static_cast<std::uint64_t>(code), length);
    if (size) writer->put(static_cast<std::uint64_t>(change < 0 ? change - 1 : change), size);
  }

  py::buffer_info buffer_;
  std::int64_t across_, down_, interval_;
  std::vector<Table> dc_, ac_, restated_;  // the last as dc_, and codes for all lengths
  std::vector<Block> blocks_;
  std::vector<Entry> rows_, restarts_;
  Reader reader_;
  std::atomic<std::size_t> known_{0};  // rows that other threads may look at
  std::int64_t done_ = 0, bits_ = 0, heeded_ = 0;
  Levels stated_{}, levels_{};
  bool sound_ = true;
};

}  // namespace

PYBIND11_MODULE(_jpeg_rows, module) {
  module.doc() = "Rows of a baseline JPEG; nightlift.photo.jpeg_rows is the way in.";
  py::class_<Rows>(module, "Rows")
      .def(py::init<py::buffer, std::size_t, const Rows::Components&, const Rows::Tables&,
                    const Rows::Tables&, const Rows::Tables&, std::int64_t, std::int64_t, std::int64_t>())
      .def("advance", &Rows::advance)
      .def("cut", &Rows::cut)
      .def("offset", &Rows::offset);
}
