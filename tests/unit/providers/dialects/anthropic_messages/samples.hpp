// What the tests of this dialect share: JSON by value, events out of a stream's text.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/sse_reader.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::anthropic_messages {

inline boost::json::value value_of(std::string_view text) {
  boost::system::error_code failed;
  auto v = boost::json::parse({text.data(), text.size()}, failed);
  INFO(text);
  REQUIRE(!failed);
  return v;
}

// An event that owns what it says.
struct kept_event {
  chat::event_kind kind = chat::event_kind::ping;
  std::uint32_t index = 0;
  std::string text;
  std::string id;
  std::string name;
  std::string issuer;
  bool redacted = false;
  chat::finish why = chat::finish::none;
  std::string native;
  std::string stop_sequence;
  usage tokens;
  routes::error_kind failure = routes::error_kind::none;
};

inline kept_event keep(const chat::answer_event& e) {
  return {.kind = e.kind,
          .index = e.index,
          .text = std::string{e.text},
          .id = std::string{e.id},
          .name = std::string{e.name},
          .issuer = std::string{e.issuer},
          .redacted = e.redacted,
          .why = e.why,
          .native = std::string{e.native},
          .stop_sequence = std::string{e.stop_sequence},
          .tokens = e.tokens ? *e.tokens : usage{},
          .failure = e.failure ? e.failure->kind : routes::error_kind::none};
}

// The events of a whole stream; those that `to` is given are written on as they come.
inline std::vector<kept_event> events_of(std::string_view text, stream_writer* to = nullptr,
                                         std::string* written = nullptr) {
  const auto reader = codec_of(config::dialect::anthropic_messages)->make_stream_reader();
  sse_reader lines;
  lines.push(text);
  sse_event event;
  std::vector<chat::answer_event> now;
  std::vector<kept_event> out;
  const auto pass = [&] {
    for (const auto& each : now) {
      out.push_back(keep(each));
      if (to) to->write(each, *written);
    }
    now.clear();
  };
  while (true) {
    const auto more = lines.next(event);
    REQUIRE(more.has_value());
    if (!*more) break;
    REQUIRE(reader->read(event, now));
    pass();
  }
  reader->close(now);
  pass();
  return out;
}

inline std::string all_text(const std::vector<kept_event>& events, chat::event_kind kind) {
  std::string out;
  for (const auto& each : events) {
    if (each.kind == kind) out += each.text;
  }
  return out;
}

// The `data` of a written stream, as JSON; every event's name must be its type.
inline std::vector<boost::json::object> written_events(std::string_view text) {
  sse_reader lines;
  lines.push(text);
  sse_event event;
  std::vector<boost::json::object> out;
  while (*lines.next(event)) {
    out.push_back(value_of(event.data).as_object());
    CHECK(std::string_view{out.back().at("type").as_string()} == event.name);
  }
  CHECK(lines.pending() == 0);
  return out;
}

// "start:text delta stop" and so on: the order of events, and no more.
inline std::string shape_of(std::string_view text) {
  std::string out;
  for (const auto& each : written_events(text)) {
    std::string word{each.at("type").as_string()};
    if (const auto* block = each.if_contains("content_block"))
      word += ":" + std::string{block->at("type").as_string()};
    if (const auto* delta = each.if_contains("delta")) {
      if (const auto* type = delta->as_object().if_contains("type"))
        word += ":" + std::string{type->as_string()};
    }
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

}  // namespace nearfar::providers::anthropic_messages
