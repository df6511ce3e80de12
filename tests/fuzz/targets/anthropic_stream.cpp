// Any stream is survived, and written on it is a stream that the reader takes: the same text, the same
// calls.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/anthropic_messages/stream_reader.hpp"
#include "providers/dialects/anthropic_messages/stream_writer.hpp"

#include <string>
#include <vector>

namespace nearfar::fuzz {

using namespace providers;

namespace {

struct seen {
  std::string text;
  std::string arguments;
  std::size_t calls = 0;
  bool error = false;
  bool end = false;
};

seen watch(std::string_view stream, anthropic_messages::stream_writer* to, std::string* written,
           bool& whole) {
  seen out;
  anthropic_messages::stream_reader reader;
  sse_reader lines;
  lines.push(stream);
  sse_event event;
  std::vector<chat::answer_event> now;
  const auto take = [&] {
    for (const auto& each : now) {
      if (out.error || out.end) break;  // the writer says no more
      if (each.kind == chat::event_kind::text) out.text.append(each.text);
      if (each.kind == chat::event_kind::tool_arguments) out.arguments.append(each.text);
      if (each.kind == chat::event_kind::tool_call) ++out.calls;
      if (each.kind == chat::event_kind::end) out.end = true;
      if (each.kind == chat::event_kind::error) {
        out.error = true;
        require(each.failure && each.failure->kind != routes::error_kind::none, "an error has a kind");
      }
      if (to) to->write(each, *written);
    }
    now.clear();
  };
  while (true) {
    const auto more = lines.next(event);
    if (more.has_error() || !*more) break;
    if (!reader.read(event, now)) {
      require(now.empty(), "a malformed event says nothing");
      whole = false;
    }
    take();
  }
  reader.close(now);
  take();
  return out;
}

}  // namespace

void anthropic_stream(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  anthropic_messages::stream_writer writer{answer_terms{.id = "q"}};
  std::string written;
  bool whole = true;
  const seen first = watch(bytes, &writer, &written, whole);
  whole = true;
  const seen second = watch(written, nullptr, nullptr, whole);
  require(whole, "what is written is well-formed");
  require(first.text == second.text, "no text is lost");
  require(first.end ? second.end || second.error : true, "an end is written");
  if (first.end && !first.error) require(first.calls == second.calls, "no call is lost");
}

}  // namespace nearfar::fuzz
