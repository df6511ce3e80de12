#include "providers/dialects/openai_chat/request_reader.hpp"

#include "providers/dialects/body_reading.hpp"
#include "providers/dialects/openai_chat/message_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::uint32_t max_choices = 128;  // OpenAI's own bound for `n`

// One read: what it has found.
class reading final : public body_reading {
 public:
  using body_reading::body_reading;

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override;
  bool stream_options(od::value v, std::string_view first);
  bool response_format(od::value v, std::string_view first);
  bool choice_object(od::value v);
  bool modalities(od::value v, std::string_view first);
  bool limit(std::string_view name, std::string_view first);
  bool choices(std::string_view first);
  bool finish() override;

  message_walk messages_;
  std::string_view session_;
  std::string_view cache_key_;
  bool messages_seen_ = false;
};

// OpenAI's words, and Mistral's `any`.
request_signs::choice choice_of(std::string_view word) {
  using choice = request_signs::choice;
  if (word == "auto") return choice::automatic;
  if (word == "none") return choice::none;
  if (word == "required" || word == "any") return choice::required;
  if (word == "function" || word == "custom") return choice::named;
  return word == "allowed_tools" ? choice::allowed : choice::other;
}

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "model") return model(v, first);
  if (name == "messages") {
    messages_seen_ = true;
    return messages_.walk(v, body()) || fail(messages_.problem());
  }
  if (name == "stream") return boolean(name, first, out().facts.stream);
  if (name == "stream_options") return stream_options(v, first);
  if (name == "tools" || name == "functions") return tools(name, v, first);
  if (name == "tool_choice") {
    if (is_string(first) || first == "null") {
      if (is_string(first)) out().signs.tool_choice = choice_of(raw_text(first));
      return opaque(name, v);
    }
    if (first.front() == '{') return choice_object(v);
    return fail("tool_choice must be \"auto\", \"none\", \"required\" or an object");
  }
  if (name == "response_format") return response_format(v, first);
  if (name == "max_tokens" || name == "max_completion_tokens") return limit(name, first);
  if (name == "n") return choices(first);
  if (name == "session_id") return text(name, first, session_);
  if (name == "prompt_cache_key") return text(name, first, cache_key_);
  if (name == "modalities") return modalities(v, first);
  if (name == "audio") out().facts.audio = out().facts.audio || first.front() == '{';
  return opaque(name, v);
}

bool reading::stream_options(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (first.front() != '{' || v.get_object().get(object))
    return fail("stream_options must be an object or null");
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    if (key != "include_usage") return opaque("stream_options", each);
    if (out().has_include_usage) return fail("include_usage stands twice in stream_options");
    out().has_include_usage = true;
    return boolean("stream_options.include_usage", token(each), out().facts.include_usage);
  });
}

bool reading::response_format(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (first.front() != '{' || v.get_object().get(object)) {
    return fail("response_format must be an object such as {\"type\": \"json_object\"}");
  }
  simdjson::error_code error = simdjson::SUCCESS;
  const bool complete = json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    if (key != "type") return opaque("response_format", each);
    const std::string_view kind = token(each);
    if (!is_string(kind)) return fail("response_format.type must be a string such as \"json_schema\"");
    if (raw_text(kind) == "json_schema") out().signs.wanted = request_signs::format::json_schema;
    if (raw_text(kind) == "json_object") out().signs.wanted = request_signs::format::json_object;
    out().facts.json = out().signs.wanted != request_signs::format::text;
    return true;
  });
  const auto value = json_walk::up_to_here(first.data(), v, body());
  if (!complete || !value) return false;
  add_quarters(raw_quarters(*value));
  return true;
}

bool reading::choice_object(od::value v) {
  od::object object;
  if (v.get_object().get(object)) return false;
  out().signs.tool_choice = request_signs::choice::other;
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    if (const auto word = token(each); key == "type" && is_string(word)) {
      out().signs.tool_choice = choice_of(raw_text(word));
    }
    return opaque("tool_choice", each);
  });
}

bool reading::modalities(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::array array;
  if (first.front() != '[' || v.get_array().get(array)) return fail("modalities must be an array of strings");
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_element(array, error, [this](od::value& each) {
    const std::string_view name = token(each);
    if (!is_string(name)) return fail("modalities must be an array of strings");
    out().facts.audio = out().facts.audio || raw_text(name) == "audio";
    return true;
  });
}

bool reading::limit(std::string_view name, std::string_view first) {
  std::uint64_t count = 0;
  if (first == "null") return true;
  // LM Studio's and llama.cpp's clients send -1 for "no limit": read_count makes that 0, "not said".
  if (!json_walk::read_count(first, count)) return fail(fmt::format("{} must be a whole number", name));
  out().facts.output_tokens = std::max(out().facts.output_tokens, count);
  return true;
}

bool reading::choices(std::string_view first) {
  std::uint64_t count = 0;
  if (first == "null") return true;
  if (!json_walk::read_count(first, count) || count < 1 || count > max_choices) {
    return fail(fmt::format("n must be a whole number from 1 to {}", max_choices));
  }
  out().facts.choices = static_cast<std::uint32_t>(count);
  return true;
}

bool reading::finish() {
  if (!out().model.present()) return fail("model is missing: name a model");
  if (!messages_seen_) return fail("messages is missing: send an array of messages");
  routes::query& facts = out().facts;
  facts.model = out().model_text;
  facts.images = messages_.images();
  facts.audio = facts.audio || messages_.audio();
  messages_.signs(out().signs);
  facts.reasoning_signed = messages_.reasoning_signed();
  facts.input_tokens = (quarters() + messages_.quarters() + 3) / 4;
  facts.body_bytes = body().size();
  out().has_session = !session_.empty();
  if (out().has_session) {
    facts.conversation = conversation_of_session(session_);
  } else if (!cache_key_.empty()) {
    facts.conversation = stable_hash(2, cache_key_);
  } else {
    facts.conversation = stable_hash(messages_.opening(), out().model_text);
  }
  return true;
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  static_assert(body_padding >= simdjson::SIMDJSON_PADDING);
  return reading{body, out}.read(impl_->parser);
}

}  // namespace nearfar::providers::openai_chat
