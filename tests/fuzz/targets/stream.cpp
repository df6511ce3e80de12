// The stream observer behind the event reader: any stream is survived, and what it says of one event
// depends on nothing but the events before it.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"

#include <vector>

namespace nearfar::fuzz {

using namespace providers;
using namespace providers::openai_chat;

namespace {

std::vector<event_kind> watch(openai_chat::stream_observer& watcher, std::string_view text,
                              std::uint32_t choices) {
  std::vector<event_kind> kinds;
  sse_reader reader;
  reader.push(text);
  watcher.reset(choices);
  sse_event event;
  while (true) {
    const auto more = reader.next(event);
    if (more.has_error() || !*more) break;
    const event_kind kind = watcher.observe(event);
    kinds.push_back(kind);
    if (event.comment_only) require(kind == event_kind::nothing, "a comment is nothing");
    if (kind == event_kind::content) require(watcher.any_content(), "content is remembered");
    if (kind == event_kind::finish) require(watcher.finished(), "a finish finishes");
    if (kind == event_kind::usage_only) require(!event.data.empty(), "usage comes from data");
    if (kind == event_kind::error) {
      require(watcher.last_error().has_value(), "an error is kept");
      require(watcher.last_error()->kind != routes::error_kind::none, "an error has a kind");
      require(watcher.last_error()->context.find('\n') == std::string::npos, "its context is one line");
    }
  }
  require(watcher.content_events() <= kinds.size(), "no more content than events");
  return kinds;
}

}  // namespace

void stream(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 256 * 1024) return;
  const std::uint32_t choices = static_cast<unsigned char>(bytes.front()) % 4;
  static openai_chat::stream_observer used;
  openai_chat::stream_observer fresh;
  const auto first = watch(fresh, bytes.substr(1), choices);
  const auto second = watch(used, bytes.substr(1), choices);
  require(first == second, "a used observer sees what a fresh one sees");
  require(fresh.finish_reason() == used.finish_reason() && fresh.id() == used.id(), "and says so");
  require(fresh.tokens().has_value() == used.tokens().has_value(), "and counts so");
}

}  // namespace nearfar::fuzz
