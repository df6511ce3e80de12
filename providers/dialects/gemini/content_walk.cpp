#include "providers/dialects/gemini/content_walk.hpp"

#include "providers/dialects/gemini/thought_signature.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/openai_chat/message_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

namespace nearfar::providers::gemini {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::uint64_t quarters_per_token = 4;

// protobuf takes a single value where a list is meant, and the API's own first examples send one.
template <class F>
bool one_or_many(od::value v, F&& f) {
  const std::string_view first = token(v);
  if (!first.starts_with('[')) return f(v);
  od::array list;
  simdjson::error_code error = simdjson::SUCCESS;
  return !v.get_array().get(list) && json_walk::each_element(list, error, f);
}

}  // namespace

bool content_walk::fail(std::string_view what) {
  if (!problem_.empty()) return false;
  problem_ = place_ == "contents" ? fmt::format("contents[{}] {}", index_, what)
                                  : fmt::format("{} {}", place_, what);
  return false;
}

bool content_walk::contents(od::value v, std::string_view body) {
  body_ = body;
  place_ = "contents";
  const bool fine = one_or_many(v, [this](od::value each) {
    const bool one = content(each);
    ++index_;
    return one;
  });
  return fine || fail("is not valid JSON: check its brackets, commas and quotes");
}

bool content_walk::system(od::value v, std::string_view body) {
  body_ = body;
  place_ = "systemInstruction";
  const bool first_user = user_seen_;
  user_seen_ = true;  // it is no turn
  turn_ = 0;
  if (token(v) == "null") return true;
  const bool fine = content(v);
  user_seen_ = first_user;
  system_ = turn_;
  return fine || fail("is not valid JSON: check its brackets, commas and quotes");
}

bool content_walk::content(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("must be an object with role and parts");
  quarters_ += openai_chat::message_tokens * quarters_per_token;
  turn_ = 0;
  bool user = true;  // what has no role is the user's
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return fail("has a key with an escape that JSON does not know");
    od::value each = f.value();
    const std::string_view first = token(each);
    if (key == "parts") return first == "null" || parts(each);
    if (key != "role") return opaque(each);
    if (first != "null" && !is_string(first)) return fail("has a role that is no string");
    user = first == "null" || raw_text(first) != "model";
    return true;
  });
  if (!complete) return fail("is not valid JSON: check its brackets, commas and quotes");
  if (!user || user_seen_) return true;
  user_seen_ = true;
  first_turn_ = turn_;
  return true;
}

bool content_walk::parts(od::value v) {
  return one_or_many(v, [this](od::value each) { return part(each); });
}

bool content_walk::part(od::value v) {
  const std::string_view whole = token(v);
  if (is_string(whole)) return fail("has a part that is no object: send {\"text\": \"...\"}");
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("has a part that is no object: send {\"text\": \"...\"}");
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return fail("has a key with an escape that JSON does not know");
    return member(key, f.value());
  });
}

bool content_walk::member(std::string_view key, od::value v) {
  const std::string_view first = token(v);
  if (key == "text") {
    if (first == "null") return true;
    return is_string(first) ? text(first) : fail("has a text that is no string");
  }
  if (key == "inlineData" || key == "inline_data") return media(v, true);
  if (key == "fileData" || key == "file_data") return media(v, false);
  if (key == "thoughtSignature" || key == "thought_signature") {
    signed_ = signed_ || (json_walk::is_filled_string(first) && raw_text(first) != no_signature);
    return opaque(v);
  }
  if (json_walk::is_container(first)) return weighed(v);
  return opaque(v);
}

bool content_walk::media(od::value v, bool inlined) {
  const std::string_view first = token(v);
  if (first == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("has data that is no object");
  std::string_view mime;
  std::uint64_t size = 0;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return fail("has a key with an escape that JSON does not know");
    od::value each = f.value();
    const std::string_view value = token(each);
    if ((key == "mimeType" || key == "mime_type") && is_string(value)) mime = raw_text(value);
    if (key == "data" && is_string(value)) size = value.size();
    if (key == "data" || key == "fileUri" || key == "file_uri") {
      turn_ = stable_hash(turn_, is_string(value) ? raw_text(value) : std::string_view{});
    }
    return opaque(each);
  });
  if (!complete) return false;
  std::uint64_t weight = openai_chat::image_tokens;
  if (mime.starts_with("audio/") || mime.starts_with("audio\\/")) {
    audio_ = true;
    weight = inlined ? 1 + size / openai_chat::audio_characters_per_token : openai_chat::file_tokens;
  } else {
    images_ = true;  // a document or a film is read with the same eyes
    if (!mime.starts_with("image")) weight = openai_chat::file_tokens;
  }
  quarters_ += weight * quarters_per_token;
  return true;
}

bool content_walk::text(std::string_view first) {
  const std::string_view raw = raw_text(first);
  const auto weight = token_quarters(raw);
  if (!weight) return fail("holds an escape that JSON does not know");
  quarters_ += *weight;
  turn_ = stable_hash(turn_, raw);
  return true;
}

// Calls, results and code: their JSON is what the model reads.
bool content_walk::weighed(od::value v) {
  const char* begin = token(v).data();
  if (!opaque(v)) return false;
  const auto whole = json_walk::up_to_here(begin, v, body_);
  if (whole) quarters_ += raw_quarters(*whole);
  return whole.has_value();
}

bool content_walk::opaque(od::value v) {
  switch (json_walk::check(v, 4)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail("is nested deeper than 64 levels");
    case json_walk::walked::malformed:
      break;
  }
  return fail("is not valid JSON: check its brackets, commas and quotes");
}

std::uint64_t content_walk::opening() const {
  return stable_hash(system_ ^ first_turn_ * 31, "gemini");
}

}  // namespace nearfar::providers::gemini
