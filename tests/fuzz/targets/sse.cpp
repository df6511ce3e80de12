// The event reader: the same events and every byte of the stream, wherever it was split.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/sse_reader.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace nearfar::fuzz {
namespace {

struct seen {
  std::vector<std::string> events;
  std::string raw;
  std::size_t pending = 0;
};

seen read(std::string_view text, std::string_view steps) {
  providers::sse_reader reader;
  seen out;
  std::size_t at = 0;
  std::size_t turn = 0;
  while (at < text.size()) {
    const std::size_t step =
        steps.empty() ? text.size() : 1 + static_cast<unsigned char>(steps[turn++ % steps.size()]) % 16;
    const std::string piece{text.substr(at, step)};  // dies before the next push, as a read buffer's bytes do
    at += piece.size();
    reader.push(piece);
    providers::sse_event event;
    while (true) {
      const auto more = reader.next(event);
      require(more.has_value(), "no event is over the limit");
      if (!*more) break;
      require(!event.raw.empty(), "an event has bytes");
      out.raw.append(event.raw);
      if (!event.comment_only) out.events.push_back(std::string{event.name} + "\n" + std::string{event.data});
    }
  }
  out.pending = reader.pending();
  return out;
}

}  // namespace

void sse(std::string_view bytes) {
  const std::size_t head = std::min<std::size_t>(bytes.size(), 4);
  const std::string_view steps = bytes.substr(0, head);
  const std::string_view text = bytes.substr(head);
  const seen whole = read(text, {});
  const seen split = read(text, steps.empty() ? "a" : steps);
  require(whole.events == split.events, "the same events");
  require(whole.raw == text.substr(0, whole.raw.size()), "raw is the stream");
  require(split.raw == text.substr(0, split.raw.size()), "raw is the stream when split");
  require(whole.raw.size() + whole.pending == text.size(), "every byte is in an event or pending");
  require(split.raw.size() + split.pending == text.size(), "every byte is in an event or pending when split");
}

}  // namespace nearfar::fuzz
