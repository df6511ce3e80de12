// Responses streams: any is survived, and whatever the reader makes of it the writer writes as a stream that
// the reader understands.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_responses/codec.hpp"

#include <string>
#include <vector>

namespace nearfar::fuzz {

using namespace providers;

namespace {

struct summary {
  std::string text;
  std::string thoughts;
  std::string arguments;
  std::size_t calls = 0;
  bool ended = false;
  bool failed = false;
  bool operator==(const summary&) const = default;
};

void add(const chat::answer_event& event, summary& to) {
  using kind = chat::event_kind;
  if (event.kind == kind::text) to.text.append(event.text);
  if (event.kind == kind::thinking) to.thoughts.append(event.text);
  if (event.kind == kind::tool_call) ++to.calls;
  if (event.kind == kind::tool_arguments) {
    require(event.index < to.calls, "arguments belong to a call that began");
    to.arguments.append(event.text);
  }
  if (event.kind == kind::end) to.ended = true;
  if (event.kind == kind::error) {
    require(event.failure != nullptr && event.failure->kind != routes::error_kind::none,
            "errors have a kind");
    to.failed = true;
  }
}

// False: malformed somewhere.
bool read_all(std::string_view text, summary& out, providers::stream_writer* writer, std::string& written) {
  const auto reader = openai_responses::the_codec()->make_stream_reader(nullptr);
  sse_reader events;
  events.push(text);
  sse_event event;
  std::vector<chat::answer_event> made;
  while (true) {
    const auto more = events.next(event);
    if (more.has_error()) return false;
    if (!*more) return true;
    made.clear();
    if (!reader->read(event, made)) {
      require(made.empty(), "a malformed event says nothing");
      return false;
    }
    for (const auto& each : made) {
      require(!out.ended && !out.failed, "nothing follows an end");
      add(each, out);
      if (writer != nullptr) writer->write(each, written);
    }
  }
}

}  // namespace

void responses_stream(std::string_view bytes) {
  if (bytes.size() > 256 * 1024) return;
  answer_terms terms;
  terms.model = "auto";
  terms.id = "01ABC";
  terms.issuer = "openai-responses";
  const auto writer = openai_responses::the_codec()->make_stream_writer(terms);
  summary first;
  std::string written;
  const bool whole = read_all(bytes, first, writer.get(), written);
  if (!whole && !first.ended) writer->fail({}, written);
  summary second;
  std::string nothing;
  require(read_all(written, second, nullptr, nothing), "what is written is well-formed");
  require(second.text == first.text && second.calls == first.calls, "the texts and calls come through");
  require(second.thoughts == first.thoughts, "the thoughts come through");
  if (first.ended) require(second.ended, "an end stays an end");
  if (first.failed || (!whole && !first.ended)) require(second.failed, "a failure stays a failure");
}

}  // namespace nearfar::fuzz
