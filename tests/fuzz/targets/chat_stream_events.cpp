// Any stream as events and out again: whatever comes is survived, and what is written is a stream.
#include "providers/dialects/openai_chat/codec.hpp"
#include "tests/fuzz/targets.hpp"

namespace nearfar::fuzz {

using namespace providers;

namespace {

void drive(std::string_view text, const config::quirks* of, std::string* to) {
  const auto reader = openai_chat::the_codec().make_stream_reader(of);
  const auto writer = openai_chat::the_codec().make_stream_writer({.model = "m", .id = "x"});
  sse_reader events;
  events.push(text);
  sse_event event;
  std::vector<chat::answer_event> out;
  bool ended = false;
  while (true) {
    const auto more = events.next(event);
    if (more.has_error() || !*more) break;
    out.clear();
    const bool fine = reader->read(event, out);
    require(fine || out.empty(), "a malformed event tells nothing");
    for (const auto& each : out) {
      require(!ended, "nothing follows the end");
      ended = each.kind == chat::event_kind::end || each.kind == chat::event_kind::error;
      if (to != nullptr) writer->write(each, *to);
      if (each.kind == chat::event_kind::error) require(each.failure != nullptr, "an error says which");
      if (each.kind == chat::event_kind::usage) require(each.tokens != nullptr, "usage has counts");
    }
    if (to == nullptr) require(fine, "what we write is well-formed");
  }
}

}  // namespace

void chat_stream_events(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 256 * 1024) return;
  config::quirks tags;
  tags.reasoning = config::reasoning_field::think_tags;
  std::string written;
  drive(bytes.substr(1), (bytes.front() & 1) != 0 ? &tags : nullptr, &written);
  drive(written, nullptr, nullptr);
}

}  // namespace nearfar::fuzz
