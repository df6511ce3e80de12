#include "providers/dialects/split_characters.hpp"

#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/openai_chat/stream_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar::providers;

namespace {

std::string chunk(std::string_view text) {
  return R"({"id":"c1","choices":[{"index":0,"delta":{"content":")" + std::string(text) + R"("}}]})";
}

// The text that a client is told of, the stream's text being cut at the places. Empty: an event was
// malformed.
std::string told(std::string_view text, std::vector<std::size_t> places) {
  openai_chat::stream_reader reader;
  std::vector<chat::answer_event> events;
  std::string out;
  std::size_t from = 0;
  places.push_back(text.size());
  for (const std::size_t to : places) {
    const std::string data = chunk(text.substr(from, to - from));
    from = to;
    events.clear();
    if (!reader.read({.raw = data, .name = {}, .data = data}, events)) return {};
    for (const auto& each : events) {
      if (each.kind == chat::event_kind::text) out.append(each.text);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a character that was split between two deltas is whole again", "[openai-chat][trap36]") {
  const std::string text = "a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80z";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t k = i; k <= text.size(); ++k) {
      INFO(i << " " << k);
      CHECK(told(text, {i, k}) == text);
    }
  }
  CHECK(told("\xF0\x9F\x98\x80", {1, 2, 3}) == "\xF0\x9F\x98\x80");
}

TEST_CASE("bytes that are no half of a character are garbage", "[openai-chat][trap36]") {
  CHECK(told("a\xFFz", {}).empty());
  CHECK(told("\xA9z", {}).empty());
  CHECK(told("\xE4\xBDz", {}).empty());
  CHECK(told("\xED\xA0", {}).empty());           // half of a surrogate, in UTF-8
  CHECK(told("\xE4\xBD\xA0\xA0", {2}).empty());  // more than the rest
  // The rest never comes.
  CHECK(told("\xE4\xBDz", {2}) == "z");
}

TEST_CASE("a split character is no garbage to who watches a stream", "[trap36]") {
  openai_chat::stream_observer watcher;
  watcher.reset(1);
  watcher.keep_text();
  for (const std::string_view half : {"a\xE4\xBD", "\xA0z"}) {
    const std::string data = chunk(half);
    CHECK(watcher.observe({.raw = data, .name = {}, .data = data}) == observed::content);
  }
  CHECK(watcher.text() == "a\xE4\xBD\xA0z");
}
