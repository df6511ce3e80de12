// Conversations to write in this dialect, and what becomes of them.
#pragma once

#include "providers/dialects/anthropic_messages/request_writer.hpp"
#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::providers::anthropic_messages {

using chat::part;
using chat::part_kind;
using chat::role;

inline part text(std::string words) {
  part made;
  made.text = std::move(words);
  return made;
}

inline part call(std::string id, std::string arguments = "{}", std::string name = "f") {
  part made;
  made.kind = part_kind::tool_call;
  made.id = std::move(id);
  made.name = std::move(name);
  made.text = std::move(arguments);
  return made;
}

inline part result(std::string id, std::string words = "ok") {
  part made;
  made.kind = part_kind::tool_result;
  made.id = std::move(id);
  made.plain = true;
  made.content.push_back(text(std::move(words)));
  return made;
}

inline part image(std::string mime, std::string data) {
  part made;
  made.kind = part_kind::image;
  made.media.mime = std::move(mime);
  made.media.data = std::move(data);
  return made;
}

inline part thought(std::string words, std::string signature = {}, std::string issuer = {}) {
  part made;
  made.kind = part_kind::thinking;
  made.text = std::move(words);
  made.signature = std::move(signature);
  made.issuer = std::move(issuer);
  return made;
}

inline chat::message message(role who, std::vector<part> parts, bool plain = false) {
  chat::message made;
  made.who = who;
  made.parts = std::move(parts);
  made.plain = plain;
  return made;
}

inline chat::chat_request asking(std::vector<chat::message> messages) {
  chat::chat_request made;
  made.model = "ours";
  made.messages = std::move(messages);
  return made;
}

inline chat::chat_request hello() {
  return asking({message(role::user, {text("hi")}, true)});
}

inline chat::tool tool(std::string name) {
  chat::tool made;
  made.name = std::move(name);
  made.parameters = value_of(R"({"type":"object","properties":{}})");
  return made;
}

inline constexpr std::string_view issuer = "anthropic-messages";

inline written_request written(const chat::chat_request& asked, write_options how = {}) {
  how.model = "m";
  if (how.issuer.empty()) how.issuer = issuer;
  auto made = write_request(asked, how);
  if (made.has_error()) FAIL(made.error().context);
  return *std::move(made);
}

inline boost::json::object body_of(const chat::chat_request& asked, write_options how = {}) {
  return value_of(written(asked, how).body).as_object();
}

inline boost::json::value turns_of(const chat::chat_request& asked) {
  return body_of(asked).at("messages");
}

inline std::string refusal_of(const chat::chat_request& asked) {
  const auto made = write_request(asked, {.model = "m"});
  REQUIRE(made.has_error());
  CHECK(made.error().kind == routes::error_kind::bad_request);
  CHECK(made.error().side == routes::error_side::internal);
  return made.error().context;
}

inline bool notes(const written_request& made, std::string_view beginning) {
  return std::any_of(made.notes.begin(), made.notes.end(),
                     [&](const std::string& each) { return each.starts_with(beginning); });
}

}  // namespace nearfar::providers::anthropic_messages
