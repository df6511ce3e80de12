#include "providers/dialects/anthropic_messages/message_walk.hpp"

#include "providers/dialects/signature.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace nearfar::providers::anthropic_messages {

namespace od = json_walk::od;
using json_walk::is_filled_string;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::uint64_t quarters_per_token = 4;
constexpr int turn_depth = 4;  // of a message's own list of blocks

std::string_view key_of(od::field& field) {
  std::string_view key;
  if (field.unescaped_key().get(key)) return {};
  return key;
}

}  // namespace

// What is known of a block when it ends: `type` may stand behind what it is the type of.
struct message_walk::block {
  std::string_view type;
  std::string_view signature;  // raw text
  std::string_view source_type;
  std::string_view source_data;  // raw text
  bool source = false;
};

bool message_walk::fail(std::string_view what) {
  if (!problem_.empty()) return false;
  problem_ = in_ == "system" ? fmt::format("system {}", what) : fmt::format("{}[{}] {}", in_, index_, what);
  return false;
}

bool message_walk::broken() {
  return fail("is not valid JSON: check its brackets, commas and quotes");
}

std::uint64_t message_walk::opening() const {
  return stable_hash(system_ ^ opening_, "opening");
}

bool message_walk::system(od::value v, std::string_view body) {
  body_ = body;
  in_ = "system";
  turn_ = 0;
  const bool user_seen = std::exchange(user_seen_, false);  // it may stand behind the messages
  const bool fine = content(v, 2) || broken();
  user_seen_ = user_seen;
  system_ = stable_hash(turn_, "system");
  quarters_ += message_tokens * quarters_per_token;
  in_ = "messages";
  return fine;
}

bool message_walk::messages(od::value v, std::string_view body) {
  body_ = body;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array array;
  if (v.get_array().get(array)) {
    problem_ = "messages must be an array: send [{\"role\": \"user\", \"content\": \"...\"}]";
    return false;
  }
  const bool complete = json_walk::each_element(array, error, [this](od::value& each) {
    const bool fine = message(each);
    ++index_;
    return fine;
  });
  return complete || broken();
}

bool message_walk::message(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("must be an object with role and content");
  quarters_ += message_tokens * quarters_per_token;
  turn_ = 0;
  bool user = false;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const std::string_view key = key_of(f);
    od::value each = f.value();
    if (key == "role") {
      const std::string_view role = token(each);
      if (!is_string(role)) return fail("has a role that is no string: send \"user\" or \"assistant\"");
      user = raw_text(role) == "user";
      return true;
    }
    if (key == "content") return content(each, turn_depth);
    return opaque(each, 3);
  });
  if (!complete) return broken();
  if (user_seen_) return true;
  opening_ = stable_hash(opening_ ^ turn_, user ? "user" : "other");
  user_seen_ = user;
  return true;
}

bool message_walk::content(od::value v, int depth) {
  const std::string_view first = token(v);
  if (is_string(first)) return text(first);
  if (first == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array blocks;
  if (first.empty() || first.front() != '[' || v.get_array().get(blocks))
    return fail("has content that is neither a string nor a list of blocks");
  if (depth > json_walk::max_depth) return fail("is nested deeper than 64 levels");
  std::optional<std::size_t> begun;  // of a foreign thought, until the next block says where the cut ends
  const bool complete = json_walk::each_element(blocks, error, [&](od::value& each) {
    const std::string_view opens = token(each);
    if (opens.empty()) return false;
    const auto at = static_cast<std::size_t>(opens.data() - body_.data());
    if (begun) foreign_.push_back({*begun, at - *begun});
    begun.reset();
    bool foreign = false;
    if (!one_block(each, depth + 1, foreign)) return false;
    if (foreign && depth == turn_depth && in_ == "messages") begun = at;
    return true;
  });
  if (begun) foreign_last_ = true;
  return complete;
}

bool message_walk::one_block(od::value v, int depth, bool& foreign) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object))
    return fail("has a block that is no object: send {\"type\": \"text\", ...}");
  block at;
  if (!json_walk::each_field(object, error, [&](od::field& f) { return block_member(f, at, depth); }))
    return false;
  settle(at);
  const bool thought = at.type == "thinking" || at.type == "redacted_thinking";
  foreign = thought && (at.signature.empty() || !chat::take_issuer(at.signature).issuer.empty());
  return true;
}

bool message_walk::block_member(od::field& field, block& at, int depth) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if (key == "type" && is_string(first)) {
    at.type = raw_text(first);
    return true;
  }
  if ((key == "text" || key == "thinking" || key == "title" || key == "context") && is_string(first))
    return text(first);
  // A hosted tool's result may be an object.
  if (key == "content" && !first.starts_with('{')) return content(v, depth + 1);
  if (key == "content" || key == "input") return weighed(v, depth);
  if (key == "source") return source(v, at, depth);
  if ((key == "signature" || key == "data") && is_string(first)) at.signature = raw_text(first);
  if (key == "signature" && is_filled_string(first)) signed_ = true;
  return opaque(v, depth);
}

bool message_walk::source(od::value v, block& at, int depth) {
  const std::string_view first = token(v);
  if (is_string(first)) return text(first);  // a search result's
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (!first.starts_with('{') || v.get_object().get(object)) return opaque(v, depth);
  at.source = true;
  return json_walk::each_field(object, error, [&](od::field& f) { return source_member(f, at, depth + 1); });
}

bool message_walk::source_member(od::field& field, block& at, int depth) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if (key == "content") return content(v, depth + 1);
  if (is_string(first) && key == "type") {
    at.source_type = raw_text(first);
  } else if (is_string(first) && key == "data") {
    at.source_data = raw_text(first);
  }
  return opaque(v, depth);
}

void message_walk::settle(const block& at) {
  if (at.type == "redacted_thinking") signed_ = true;
  if (!at.source) return;
  if (!user_seen_) turn_ = stable_hash(turn_, at.source_data);
  if (at.source_type == "text") {
    quarters_ += token_quarters(at.source_data).value_or(at.source_data.size());
  } else if (at.source_type != "content") {
    images_ = true;  // a document is read with the same eyes
    quarters_ += (at.type == "document" ? file_tokens : image_tokens) * quarters_per_token;
  }
}

bool message_walk::text(std::string_view first) {
  const std::string_view raw = raw_text(first);
  const auto weight = token_quarters(raw);
  if (!weight) return fail("holds an escape that JSON does not know");
  quarters_ += *weight;
  if (!user_seen_) turn_ = stable_hash(turn_, raw);
  return true;
}

bool message_walk::weighed(od::value v, int depth) {
  const std::string_view first = token(v);
  if (!opaque(v, depth)) return false;
  if (!json_walk::is_container(first)) return true;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (value) quarters_ += raw_quarters(*value);
  return value.has_value();
}

bool message_walk::opaque(od::value v, int depth) {
  switch (json_walk::check(v, depth)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail("is nested deeper than 64 levels");
    case json_walk::walked::malformed:
      break;
  }
  return broken();
}

}  // namespace nearfar::providers::anthropic_messages
