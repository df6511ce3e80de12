// The readers of the gemini and ollama-chat streams: any stream is survived, its events keep the order that
// writers count on, and what they say of a line depends on nothing but the lines before it.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/codec.hpp"
#include "providers/dialects/gemini/stream_writer.hpp"
#include "providers/dialects/line_reader.hpp"

#include <string>

namespace nearfar::fuzz {

using namespace providers;
using chat::event_kind;

namespace {

struct heard {
  std::string all;  // what was said, to compare
  std::string written;
  bool started = false;
  bool ended = false;
};

void take(const std::vector<chat::answer_event>& events, providers::stream_writer& writer, heard& out) {
  for (const auto& each : events) {
    require(!out.ended, "nothing follows the end");
    if (each.kind == event_kind::start) require(!out.started, "a stream begins once");
    if (each.kind != event_kind::error) {
      require(out.started || each.kind == event_kind::start, "the start comes first");
    }
    out.started = true;
    out.ended = each.kind == event_kind::end || each.kind == event_kind::error;
    require((each.kind == event_kind::error) == (each.failure != nullptr), "an error says what it is");
    require((each.kind == event_kind::usage) == (each.tokens != nullptr), "usage says how much");
    if (each.kind == event_kind::tool_call) require(!each.id.empty(), "a call has an id");
    out.all.append(std::to_string(static_cast<int>(each.kind))).append(each.text).append(each.name);
    out.all.append(each.id).append(each.native).append(std::to_string(each.index)).append("\n");
    writer.write(each, out.written);
  }
}

heard listen(const codec& of, std::string_view bytes) {
  heard out;
  line_reader frames;
  frames.push(bytes);
  const auto reader = of.make_stream_reader();
  gemini::stream_writer writer({}, gemini::stream_form::events);
  std::vector<chat::answer_event> events;
  sse_event line;
  while (true) {
    const auto more = frames.next(line);
    if (more.has_error() || (!*more && !frames.last(line))) break;
    events.clear();
    if (!reader->read(line, events)) {
      require(events.empty(), "of what is malformed nothing is said");
      return out;
    }
    take(events, writer, out);
  }
  events.clear();
  reader->close(events);
  take(events, writer, out);
  return out;
}

void check(config::dialect d, std::string_view bytes) {
  if (bytes.size() > 256 * 1024) return;
  const auto first = listen(*codec_of(d), bytes);
  const auto second = listen(*codec_of(d), bytes);
  require(first.all == second.all && first.written == second.written, "the same stream says the same");
}

}  // namespace

void gemini_stream(std::string_view bytes) {
  check(config::dialect::gemini, bytes);
}

void ollama_stream(std::string_view bytes) {
  check(config::dialect::ollama_chat, bytes);
}

}  // namespace nearfar::fuzz
