#include "providers/dialects/openai_chat/message_walk.hpp"

#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using json_walk::is_filled_string;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::uint64_t quarters_per_token = 4;

bool is_one_of(std::string_view what, std::initializer_list<std::string_view> list) {
  for (const std::string_view each : list) {
    if (what == each) return true;
  }
  return false;
}

// Keys are compared as they are written: no client escapes the names of the API, and one that does
// only loses an estimate.
std::string_view key_of(od::field& field) {
  std::string_view key;
  if (field.unescaped_key().get(key)) return {};
  return key;
}

}  // namespace

bool message_walk::fail(std::string_view name, std::string_view what) {
  // A key of the client's own may hold anything, line ends too.
  const auto is_plain = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
  const std::string shown = std::all_of(name.begin(), name.end(), is_plain)
                                ? std::string(name)
                                : fmt::format("{:?}", name.substr(0, 64));
  problem_ = fmt::format("messages[{}]{}{} {}", index_, name.empty() ? "" : ".", shown, what);
  return false;
}

bool message_walk::broken(std::string_view name) {
  return problem_.empty() ? fail(name, "is not valid JSON: check its brackets, commas and quotes") : false;
}

bool message_walk::walk(od::value messages, std::string_view body) {
  body_ = body;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array array;
  if (messages.get_array().get(array)) {
    problem_ = "messages must be an array: send [{\"role\": \"user\", \"content\": \"...\"}]";
    return false;
  }
  const bool complete = json_walk::each_element(array, error, [this](od::value& v) {
    const bool fine = message(v);
    ++index_;
    return fine;
  });
  return complete || broken("");
}

bool message_walk::message(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("", "must be an object with role and content");
  quarters_ += message_tokens * quarters_per_token;
  turn_ = 0;
  content_seen_ = false;
  role who = role::other;
  if (!json_walk::each_field(object, error, [&](od::field& f) { return member(f, who); })) return broken("");
  // The role may come after the content, so a turn is judged when it ends.
  end_of_message(who);
  if (user_seen_ || who == role::other || who == role::assistant) return true;
  opening_ = stable_hash(opening_ ^ turn_, who == role::user ? "user" : "system");
  user_seen_ = who == role::user;
  return true;
}

void message_walk::end_of_message(role who) {
  seen_.null_content = seen_.null_content || !content_seen_;
  seen_.late_system = seen_.late_system || (who == role::system && late_);
  seen_.turns_repeat = seen_.turns_repeat || (who != role::other && who == last_);
  late_ = late_ || who != role::system;
  last_ = who;
}

void message_walk::signs(request_signs& to) const {
  const auto choice = to.tool_choice;
  const auto wanted = to.wanted;
  to = seen_;
  to.tool_choice = choice;
  to.wanted = wanted;
}

bool message_walk::member(od::field& field, role& who) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if (key == "role") {
    if (!is_string(first)) return fail("role", "must be a string such as \"user\"");
    const std::string_view name = raw_text(first);
    who = name == "user"                            ? role::user
          : name == "assistant"                     ? role::assistant
          : name == "system" || name == "developer" ? role::system
                                                    : role::other;
    seen_.developer = seen_.developer || name == "developer";
    seen_.results = seen_.results || name == "tool" || name == "function";
    return true;
  }
  if (key == "content") return content(v);
  if (key == "name") seen_.names = true;
  if (key.starts_with("reasoning")) seen_.reasoning = seen_.reasoning || first != "null";
  if (key == "tool_calls" || key == "function_call")
    seen_.calls = seen_.calls || json_walk::is_container(first);
  if (is_one_of(key, {"reasoning_content", "reasoning", "refusal"}) && is_string(first))
    return text(first, key);
  if (is_one_of(key,
                {"tool_calls", "reasoning_details", "thinking_blocks", "extra_content", "function_call"})) {
    const char* begin = first.data();
    if (!signatures(v, 2)) return broken(key);
    if (!json_walk::is_container(first)) return true;
    const auto value = json_walk::up_to_here(begin, v, body_);
    if (value) quarters_ += raw_quarters(*value);
    return value.has_value() || broken(key);
  }
  return opaque(v, key);
}

bool message_walk::content(od::value v) {
  const std::string_view first = token(v);
  if (is_string(first)) {
    content_seen_ = true;
    return text(first, "content");
  }
  if (first == "null") return true;
  content_seen_ = true;
  seen_.part_lists = true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::array parts;
  if (first.empty() || first.front() != '[' || v.get_array().get(parts)) {
    return fail("content", "must be a string, an array of parts or null");
  }
  const bool complete = json_walk::each_element(parts, error, [this](od::value& each) { return part(each); });
  return complete || broken("content");
}

bool message_walk::part(od::value v) {
  const std::string_view first = token(v);
  if (is_string(first)) return text(first, "content");
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object))
    return fail("content", "has a part that is no object: send {\"type\": \"text\", ...}");
  const bool complete = json_walk::each_field(object, error, [this](od::field& f) { return part_member(f); });
  return complete || broken("content");
}

bool message_walk::part_member(od::field& field) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if (is_one_of(key, {"text", "refusal", "thinking"}) && is_string(first)) return text(first, "content");
  // The member that carries the data tells the kind of part: `type` may come after it.
  if (is_one_of(key, {"image_url", "image", "input_image", "video_url", "document_url"})) {
    if (first != "null") {
      images_ = true;
      quarters_ += image_tokens * quarters_per_token;
      turn_ = stable_hash(turn_, is_string(first) ? raw_text(first) : std::string_view{"image"});
    }
  } else if (is_one_of(key, {"input_audio", "audio_url"})) {
    audio_ = audio_ || first != "null";
    if (!opaque(v, "content")) return false;
    if (!json_walk::is_container(first)) return true;
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (value) quarters_ += (1 + value->size() / audio_characters_per_token) * quarters_per_token;
    return value.has_value() || broken("content");
  } else if (key == "file" && first != "null") {
    images_ = true;  // a document is read with the same eyes
    quarters_ += file_tokens * quarters_per_token;
  } else if (is_one_of(key, {"signature", "thought_signature", "extra_content"})) {
    return signature_member(key, v, 4) || broken("content");
  } else if (key == "type" && raw_text(is_string(first) ? first : "\"\"") == "redacted_thinking") {
    signed_ = true;
  }
  return opaque(v, "content");
}

bool message_walk::text(std::string_view first, std::string_view name) {
  const std::string_view raw = raw_text(first);
  const auto weight = token_quarters(raw);
  if (!weight) return fail(name, "holds an escape that JSON does not know");
  quarters_ += *weight;
  if (!user_seen_) turn_ = stable_hash(turn_, raw);
  return true;
}

// Looks for a vendor's signature at any depth: OpenRouter's reasoning_details[].signature and
// "reasoning.encrypted", Gemini's thought_signature, Anthropic's thinking blocks.
bool message_walk::signatures(od::value v, int depth) {
  const std::string_view first = token(v);
  if (!json_walk::is_container(first)) return json_walk::is_scalar(first);
  if (depth >= json_walk::max_depth) return fail("", "is nested deeper than 64 levels");
  simdjson::error_code error = simdjson::SUCCESS;
  if (first.front() == '[') {
    od::array array;
    if (v.get_array().get(array)) return false;
    return json_walk::each_element(array, error,
                                   [&](od::value& each) { return signatures(each, depth + 1); });
  }
  od::object object;
  if (v.get_object().get(object)) return false;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const std::string_view key = key_of(f);  // once only: unescaping uses the key up
    return signature_member(key, f.value(), depth);
  });
}

bool message_walk::signature_member(std::string_view key, od::value v, int depth) {
  const std::string_view first = token(v);
  if (is_one_of(key, {"signature", "thought_signature", "encrypted_content"})) {
    signed_ = signed_ || is_filled_string(first);
  } else if (key == "type" && is_string(first)) {
    signed_ = signed_ || is_one_of(raw_text(first), {"reasoning.encrypted", "redacted_thinking"});
  }
  return signatures(v, depth + 1);
}

bool message_walk::opaque(od::value v, std::string_view name) {
  switch (json_walk::check(v, 3)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail(name, "is nested deeper than 64 levels");
    case json_walk::walked::malformed:
      break;
  }
  return broken(name);
}

}  // namespace nearfar::providers::openai_chat
