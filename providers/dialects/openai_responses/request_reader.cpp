#include "providers/dialects/openai_responses/request_reader.hpp"

#include "providers/dialects/body_reading.hpp"
#include "providers/dialects/openai_responses/item_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_responses {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

// One read: what it has found.
class reading final : public body_reading {
 public:
  using body_reading::body_reading;

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override;
  bool instructions(std::string_view first);
  bool text_settings(od::value v, std::string_view first);
  bool format(od::value v, std::string_view first);
  bool limit(std::string_view first);
  bool stored(std::string_view name, std::string_view first);
  bool finish() override;

  item_walk items_;
  std::uint64_t instructions_ = 0;  // hash
  std::string_view session_;
  std::string_view cache_key_;
  bool input_seen_ = false;
};

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "model") return model(v, first);
  if (name == "input") {
    input_seen_ = true;
    return items_.walk(v, body()) || fail(items_.problem());
  }
  if (name == "instructions") return instructions(first);
  if (name == "stream") return boolean(name, first, out().facts.stream);
  if (name == "tools") return tools(name, v, first);
  if (name == "tool_choice") {
    if (is_string(first) || first == "null" || first.front() == '{') return opaque(name, v);
    return fail("tool_choice must be \"auto\", \"none\", \"required\" or an object");
  }
  if (name == "text") return text_settings(v, first);
  if (name == "max_output_tokens") return limit(first);
  if (name == "session_id") return text(name, first, session_);
  if (name == "prompt_cache_key") return text(name, first, cache_key_);
  if (name == "previous_response_id" || name == "conversation" || name == "prompt" || name == "background") {
    return stored(name, first) && opaque(name, v);
  }
  return opaque(name, v);
}

bool reading::instructions(std::string_view first) {
  if (first == "null") return true;
  if (!is_string(first)) return fail("instructions must be a string");
  const auto weight = token_quarters(raw_text(first));
  if (!weight) return fail("instructions holds an escape that JSON does not know");
  add_quarters(*weight);
  instructions_ = stable_hash(3, raw_text(first));
  return true;
}

// What would have to be looked up in a store that is not there.
bool reading::stored(std::string_view name, std::string_view first) {
  if (first == "null" || (name == "background" && first == "false")) return true;
  if (name == "prompt") {
    return fail(
        "prompt is not supported, as no prompts are stored here: send its text in `instructions` and the "
        "whole conversation in `input`, with `store: false`");
  }
  if (name == "background") {
    return fail(
        "background is not supported, as no answers are stored here: leave it out, and send the whole "
        "conversation in `input`, with `store: false`");
  }
  return fail(
      fmt::format("{} is not supported, as nothing is stored here: send the whole conversation in `input`, "
                  "with `store: false`",
                  name));
}

bool reading::text_settings(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (first.front() != '{' || v.get_object().get(object)) {
    return fail("text must be an object such as {\"format\": {\"type\": \"text\"}}");
  }
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    return key == "format" ? format(each, token(each)) : opaque("text", each);
  });
}

bool reading::format(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (!first.starts_with('{') || v.get_object().get(object)) {
    return fail("text.format must be an object such as {\"type\": \"json_object\"}");
  }
  simdjson::error_code error = simdjson::SUCCESS;
  const bool complete = json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    if (key != "type") return opaque("text.format", each);
    const std::string_view kind = token(each);
    if (!is_string(kind)) return fail("text.format.type must be a string such as \"json_schema\"");
    out().facts.json = raw_text(kind) == "json_schema" || raw_text(kind) == "json_object";
    return true;
  });
  const auto value = json_walk::up_to_here(first.data(), v, body());
  if (!complete || !value) return false;
  add_quarters(raw_quarters(*value));
  return true;
}

bool reading::limit(std::string_view first) {
  if (first == "null") return true;
  if (!json_walk::read_count(first, out().facts.output_tokens)) {
    return fail("max_output_tokens must be a whole number");
  }
  return true;
}

bool reading::finish() {
  if (!out().model.present()) return fail("model is missing: name a model");
  if (!input_seen_) return fail("input is missing: send a string or an array of items");
  routes::query& facts = out().facts;
  facts.in = config::dialect::openai_responses;
  facts.model = out().model_text;
  facts.images = items_.images();
  facts.audio = items_.audio();
  facts.reasoning_signed = items_.reasoning_signed();
  facts.input_tokens = (quarters() + items_.quarters() + 3) / 4;
  facts.body_bytes = body().size();
  facts.include_usage = true;  // the last event bears it, asked or not
  out().has_session = !session_.empty();
  if (out().has_session) {
    facts.conversation = conversation_of_session(session_);
  } else if (!cache_key_.empty()) {
    facts.conversation = stable_hash(2, cache_key_);
  } else {
    facts.conversation = stable_hash(instructions_ ^ items_.opening(), out().model_text);
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
  return reading{body, out}.read(impl_->parser);
}

}  // namespace nearfar::providers::openai_responses
