// The chunked coding: the same data, end and verdict, wherever it was split.
#include "tests/fuzz/targets.hpp"

#include "providers/http/chunk_reader.hpp"

#include <algorithm>
#include <string>

namespace nearfar::fuzz {
namespace {

struct decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  bool failed = false;
};

decoded read(std::string_view text, std::size_t step) {
  providers::chunk_reader reader;
  decoded out;
  std::size_t given = 0;
  while (!reader.done() && given < text.size()) {
    given = std::min(text.size(), given + step);
    while (!reader.done() && out.consumed < given) {
      const auto fed = reader.feed(text.substr(out.consumed, given - out.consumed));
      if (fed.has_error()) {
        out.failed = true;
        return out;
      }
      require(fed->consumed <= given - out.consumed, "no more is consumed than there is");
      require(fed->data.size() <= fed->consumed, "data is part of what is consumed");
      out.data.append(fed->data);
      out.consumed += fed->consumed;
      if (fed->consumed == 0) break;
    }
  }
  out.done = reader.done();
  return out;
}

}  // namespace

void chunk_reader(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  const decoded whole = read(bytes, bytes.size());
  const decoded single = read(bytes, 1);
  const decoded few = read(bytes, 3);
  require(whole.data == single.data && whole.data == few.data, "the same data");
  require(whole.failed == single.failed && whole.failed == few.failed, "the same verdict");
  require(whole.done == single.done && whole.done == few.done, "the same end");
  if (whole.done)
    require(whole.consumed == single.consumed && whole.consumed == few.consumed, "the same size");
}

}  // namespace nearfar::fuzz
