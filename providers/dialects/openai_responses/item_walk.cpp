#include "providers/dialects/openai_responses/item_walk.hpp"

#include "providers/dialects/openai_chat/message_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_responses {

namespace od = json_walk::od;
using json_walk::is_filled_string;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::uint64_t quarters_per_token = 4;

std::string_view key_of(od::field& field) {
  std::string_view key;
  if (field.unescaped_key().get(key)) return {};
  return key;
}

bool is_text_member(std::string_view key) {
  return key == "arguments" || key == "input" || key == "name";
}

bool is_content_member(std::string_view key) {
  return key == "content" || key == "output" || key == "summary";
}

}  // namespace

bool item_walk::fail(std::string_view name, std::string_view what) {
  // A key of the client's own may hold anything, line ends too.
  const auto is_plain = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
  const std::string shown = std::all_of(name.begin(), name.end(), is_plain)
                                ? std::string(name)
                                : fmt::format("{:?}", name.substr(0, 64));
  if (problem_.empty()) {
    problem_ = fmt::format("input[{}]{}{} {}", index_, name.empty() ? "" : ".", shown, what);
  }
  return false;
}

bool item_walk::broken(std::string_view name) {
  return fail(name, "is not valid JSON: check its brackets, commas and quotes");
}

bool item_walk::walk(od::value input, std::string_view body) {
  body_ = body;
  const std::string_view first = token(input);
  if (is_string(first)) {
    quarters_ += openai_chat::message_tokens * quarters_per_token;
    if (!text(first, "")) {
      problem_ = "input holds an escape that JSON does not know";
      return false;
    }
    return finish_item({.type = {}, .role = "user"});
  }
  simdjson::error_code error = simdjson::SUCCESS;
  od::array array;
  if (!first.starts_with('[') || input.get_array().get(array)) {
    problem_ = "input must be a string or an array: send [{\"role\": \"user\", \"content\": \"...\"}]";
    return false;
  }
  const bool complete = json_walk::each_element(array, error, [this](od::value& v) {
    const bool fine = item(v);
    ++index_;
    return fine;
  });
  return complete || broken("");
}

bool item_walk::item(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("", "must be an object with a type or a role");
  quarters_ += openai_chat::message_tokens * quarters_per_token;
  turn_ = 0;
  item_facts found;
  if (!json_walk::each_field(object, error, [&](od::field& f) { return member(f, found); })) {
    return broken("");
  }
  if (found.type == "item_reference") {
    return fail("type",
                "is \"item_reference\", but nothing is stored here: send the whole conversation in `input`, "
                "with `store: false`");
  }
  return finish_item(found);
}

// Type and role may come after the content, so an item is judged when it ends.
bool item_walk::finish_item(const item_facts& found) {
  const bool user = found.role == "user";
  if (user_seen_ || (!user && found.role != "system" && found.role != "developer")) return true;
  opening_ = stable_hash(opening_ ^ turn_, user ? "user" : "system");
  user_seen_ = user;
  return true;
}

bool item_walk::member(od::field& field, item_facts& found) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if (key == "type" || key == "role") {
    if (!is_string(first)) return fail(key, "must be a string");
    (key == "type" ? found.type : found.role) = raw_text(first);
    return true;
  }
  if (is_content_member(key)) return content(v, key);
  if (is_text_member(key) && is_string(first)) return text(first, key);
  if (key == "encrypted_content") {
    signed_ = signed_ || is_filled_string(first);
    if (is_filled_string(first)) quarters_ += raw_quarters(raw_text(first));
  }
  return opaque(v, key);
}

bool item_walk::content(od::value v, std::string_view name) {
  const std::string_view first = token(v);
  if (is_string(first)) return text(first, name);
  if (!first.starts_with('[')) return opaque(v, name);
  simdjson::error_code error = simdjson::SUCCESS;
  od::array parts;
  if (v.get_array().get(parts)) return broken(name);
  const bool complete =
      json_walk::each_element(parts, error, [&](od::value& each) { return part(each, name); });
  return complete || broken(name);
}

bool item_walk::part(od::value v, std::string_view name) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) {
    return fail(name, "has a part that is no object: send {\"type\": \"input_text\", ...}");
  }
  part_facts found;
  if (!json_walk::each_field(object, error, [&](od::field& f) { return part_member(f, found, name); })) {
    return broken(name);
  }
  images_ = images_ || found.image || found.file;  // a document is read with the same eyes
  const std::uint64_t weight = found.file    ? openai_chat::file_tokens
                               : found.image ? openai_chat::image_tokens
                                             : 0;
  quarters_ += weight * quarters_per_token;
  return true;
}

bool item_walk::part_member(od::field& field, part_facts& found, std::string_view name) {
  const std::string_view key = key_of(field);
  od::value v = field.value();
  const std::string_view first = token(v);
  if ((key == "text" || key == "refusal") && is_string(first)) return text(first, name);
  // The member that carries the data tells the kind of part: `type` may come after it.
  if (key == "image_url" || key == "file_id" || key == "file_data" || key == "file_url") {
    const bool is_image = key == "image_url" || key == "file_id";
    (is_image ? found.image : found.file) |= first != "null";
    if (is_string(first) && !user_seen_) turn_ = stable_hash(turn_, raw_text(first));
  } else if (key == "type" && is_string(first)) {
    found.file = found.file || raw_text(first) == "input_file";
  } else if (key == "input_audio") {
    return sound(v, name);
  }
  return opaque(v, name);
}

bool item_walk::sound(od::value v, std::string_view name) {
  const std::string_view first = token(v);
  audio_ = audio_ || first != "null";
  if (!opaque(v, name)) return false;
  if (!json_walk::is_container(first)) return true;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (value) quarters_ += (1 + value->size() / openai_chat::audio_characters_per_token) * quarters_per_token;
  return value.has_value() || broken(name);
}

bool item_walk::text(std::string_view first, std::string_view name) {
  const std::string_view raw = raw_text(first);
  const auto weight = token_quarters(raw);
  if (!weight) return fail(name, "holds an escape that JSON does not know");
  quarters_ += *weight;
  if (!user_seen_) turn_ = stable_hash(turn_, raw);
  return true;
}

bool item_walk::opaque(od::value v, std::string_view name) {
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

}  // namespace nearfar::providers::openai_responses
