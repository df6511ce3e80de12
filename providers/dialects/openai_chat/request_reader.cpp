#include "providers/dialects/openai_chat/request_reader.hpp"

#include "providers/dialects/json_walk.hpp"
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

constexpr std::size_t max_members = 256;
constexpr std::uint32_t max_choices = 128;        // OpenAI's own bound for `n`
constexpr std::size_t parser_kept = 1024 * 1024;  // a parser grown beyond this is given back

// One read: what it has found, and the first thing wrong.
class reading {
 public:
  reading(std::string_view body, request_view& out) : body_(body), out_(out) {}

  bool object(od::document& doc);
  std::string problem;

 private:
  bool member_of_body(od::field& field);
  bool add_member(std::string_view name);
  bool visit(std::string_view name, od::value v, std::string_view first);
  bool model(od::value v, std::string_view first);
  bool stream_options(od::value v, std::string_view first);
  bool tools(std::string_view name, od::value v, std::string_view first);
  bool response_format(od::value v, std::string_view first);
  bool choice_object(od::value v);
  bool modalities(od::value v, std::string_view first);
  bool boolean(std::string_view name, std::string_view first, bool& to);
  bool limit(std::string_view name, std::string_view first);
  bool choices(std::string_view first);
  bool text(std::string_view name, std::string_view first, std::string_view& to);
  bool opaque(std::string_view name, od::value v);
  bool finish();
  bool fail(std::string text);
  bool broken(od::document& doc);
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }

  std::string_view body_;
  request_view& out_;
  message_walk messages_;
  std::size_t count_ = 0;
  std::uint64_t quarters_ = 0;
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

bool reading::fail(std::string text) {
  if (problem.empty()) problem = std::move(text);
  return false;
}

bool reading::broken(od::document& doc) {
  if (!problem.empty()) return false;
  const char* at = nullptr;
  if (doc.current_location().get(at)) at = body_.data() + body_.size();
  const std::size_t place = std::min(offset(at), body_.size());
  return fail(
      fmt::format("the body is not valid JSON near byte {}: check its brackets, commas and quotes", place));
}

bool reading::object(od::document& doc) {
  od::object root;
  if (const auto error = doc.get_object().get(root)) {
    if (error == simdjson::INCORRECT_TYPE) return fail("the body must be a JSON object");
    return broken(doc);
  }
  simdjson::error_code error = simdjson::SUCCESS;
  if (!json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); }))
    return broken(doc);
  const char* rest = nullptr;
  if (!doc.current_location().get(rest)) {
    return fail(
        fmt::format("the body goes on after its JSON object at byte {}: send one object", offset(rest)));
  }
  return finish();
}

bool reading::member_of_body(od::field& field) {
  std::string_view name;
  if (field.unescaped_key().get(name))
    return fail("the body has a key with an escape that JSON does not know");
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty() || !add_member(name)) return false;
  if (!visit(name, v, first)) return false;

  std::size_t length = first.size();
  if (json_walk::is_container(first)) {
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (!value) return false;
    length = json_walk::trim_end(*value).size();
  }
  member& last = out_.members[count_ - 1];
  last.value = {offset(first.data()), length};
  out_.last_member_end = last.value.offset + length;
  if (last.name == "model") out_.model = last.value;
  if (last.name == "stream_options" && first.front() == '{') out_.stream_options = last.value;
  return true;
}

bool reading::add_member(std::string_view name) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (out_.members[i].name == name) {
      return fail(fmt::format("the key {:?} stands twice in the body: servers disagree on which one counts",
                              name.substr(0, 64)));
    }
  }
  if (count_ == max_members) return fail(fmt::format("the body has more than {} keys", max_members));
  // Names are written over those of the last request, so that their memory is used again.
  if (count_ < out_.members.size()) {
    out_.members[count_].name.assign(name);
  } else {
    out_.members.push_back({std::string{name}, {}});
  }
  ++count_;
  return true;
}

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "model") return model(v, first);
  if (name == "messages") {
    messages_seen_ = true;
    return messages_.walk(v, body_) || fail(messages_.problem());
  }
  if (name == "stream") return boolean(name, first, out_.facts.stream);
  if (name == "stream_options") return stream_options(v, first);
  if (name == "tools" || name == "functions") return tools(name, v, first);
  if (name == "tool_choice") {
    if (is_string(first) || first == "null") {
      if (is_string(first)) out_.signs.tool_choice = choice_of(raw_text(first));
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
  if (name == "audio") out_.facts.audio = out_.facts.audio || first.front() == '{';
  return opaque(name, v);
}

bool reading::model(od::value v, std::string_view first) {
  std::string_view name;
  if (!is_string(first)) return fail("model must be a string with a model's name");
  if (v.get_string().get(name)) return fail("model holds an escape that JSON does not know");
  if (name.empty()) return fail("model is empty: name a model");
  out_.model_text.assign(name);
  return true;
}

bool reading::boolean(std::string_view name, std::string_view first, bool& to) {
  if (first != "true" && first != "false" && first != "null") {
    return fail(fmt::format("{} must be true or false", name));
  }
  to = first == "true";
  return true;
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
    if (out_.has_include_usage) return fail("include_usage stands twice in stream_options");
    out_.has_include_usage = true;
    return boolean("stream_options.include_usage", token(each), out_.facts.include_usage);
  });
}

bool reading::tools(std::string_view name, od::value v, std::string_view first) {
  if (first == "null") return true;
  if (first.front() != '[') return fail(fmt::format("{} must be an array", name));
  if (!opaque(name, v)) return false;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (!value) return false;
  const std::string_view list = json_walk::trim_end(*value);
  out_.facts.tools = out_.facts.tools || list.find('{') != std::string_view::npos;
  quarters_ += raw_quarters(list);
  return true;
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
    if (raw_text(kind) == "json_schema") out_.signs.wanted = request_signs::format::json_schema;
    if (raw_text(kind) == "json_object") out_.signs.wanted = request_signs::format::json_object;
    out_.facts.json = out_.signs.wanted != request_signs::format::text;
    return true;
  });
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (!complete || !value) return false;
  quarters_ += raw_quarters(*value);
  return true;
}

bool reading::choice_object(od::value v) {
  od::object object;
  if (v.get_object().get(object)) return false;
  out_.signs.tool_choice = request_signs::choice::other;
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    if (const auto word = token(each); key == "type" && is_string(word)) {
      out_.signs.tool_choice = choice_of(raw_text(word));
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
    out_.facts.audio = out_.facts.audio || raw_text(name) == "audio";
    return true;
  });
}

bool reading::limit(std::string_view name, std::string_view first) {
  std::uint64_t count = 0;
  if (first == "null") return true;
  // LM Studio's and llama.cpp's clients send -1 for "no limit": read_count makes that 0, "not said".
  if (!json_walk::read_count(first, count)) return fail(fmt::format("{} must be a whole number", name));
  out_.facts.output_tokens = std::max(out_.facts.output_tokens, count);
  return true;
}

bool reading::choices(std::string_view first) {
  std::uint64_t count = 0;
  if (first == "null") return true;
  if (!json_walk::read_count(first, count) || count < 1 || count > max_choices) {
    return fail(fmt::format("n must be a whole number from 1 to {}", max_choices));
  }
  out_.facts.choices = static_cast<std::uint32_t>(count);
  return true;
}

bool reading::text(std::string_view name, std::string_view first, std::string_view& to) {
  if (first == "null") return true;
  if (!is_string(first)) return fail(fmt::format("{} must be a string", name));
  to = raw_text(first);
  return true;
}

bool reading::opaque(std::string_view name, od::value v) {
  switch (json_walk::check(v, 1)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail(
          fmt::format("{:?} is nested deeper than {} levels", name.substr(0, 64), json_walk::max_depth));
    case json_walk::walked::malformed:
      break;
  }
  return fail(fmt::format("the value of {:?} is not valid JSON: check its brackets, commas and quotes",
                          name.substr(0, 64)));
}

bool reading::finish() {
  out_.members.resize(count_);
  if (!out_.model.present()) return fail("model is missing: name a model");
  if (!messages_seen_) return fail("messages is missing: send an array of messages");
  routes::query& facts = out_.facts;
  facts.model = out_.model_text;
  facts.images = messages_.images();
  facts.audio = facts.audio || messages_.audio();
  messages_.signs(out_.signs);
  facts.reasoning_signed = messages_.reasoning_signed();
  facts.input_tokens = (quarters_ + messages_.quarters() + 3) / 4;
  facts.body_bytes = body_.size();
  out_.has_session = !session_.empty();
  if (out_.has_session) {
    facts.conversation = conversation_of_session(session_);
  } else if (!cache_key_.empty()) {
    facts.conversation = stable_hash(2, cache_key_);
  } else {
    facts.conversation = stable_hash(messages_.opening(), out_.model_text);
  }
  return true;
}

void clear(request_view& out, std::string_view body) {
  out.body = body;
  out.model_text.clear();
  out.model = {};
  out.stream_options = {};
  out.has_session = false;
  out.has_include_usage = false;
  out.last_member_end = 0;
  out.signs = {};
  out.facts = routes::query{};
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  static_assert(body_padding >= simdjson::SIMDJSON_PADDING);
  clear(out, body);
  reading walk{body, out};
  od::document doc;
  bool fine = false;
  if (const auto error = json_walk::open(impl_->parser, body, doc)) {
    walk.problem = body.empty()
                       ? "the body is empty: send a JSON object"
                       : fmt::format("the body is not valid JSON: {}", simdjson::error_message(error));
  } else {
    fine = walk.object(doc);
  }
  if (impl_->parser.capacity() > parser_kept) impl_->parser = od::parser{};
  if (fine) return {};
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(walk.problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace nearfar::providers::openai_chat
