#include "providers/dialects/openai_responses/request_reader.hpp"

#include "providers/dialects/json_walk.hpp"
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

constexpr std::size_t max_members = 256;
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
  bool instructions(std::string_view first);
  bool tools(od::value v, std::string_view first);
  bool text_settings(od::value v, std::string_view first);
  bool format(od::value v, std::string_view first);
  bool boolean(std::string_view name, std::string_view first, bool& to);
  bool limit(std::string_view first);
  bool text(std::string_view name, std::string_view first, std::string_view& to);
  bool stored(std::string_view name, std::string_view first);
  bool opaque(std::string_view name, od::value v);
  bool finish();
  bool fail(std::string text);
  bool broken(od::document& doc);
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }

  std::string_view body_;
  request_view& out_;
  item_walk items_;
  std::size_t count_ = 0;
  std::uint64_t quarters_ = 0;
  std::uint64_t instructions_ = 0;  // hash
  std::string_view session_;
  std::string_view cache_key_;
  bool input_seen_ = false;
};

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
  if (name == "input") {
    input_seen_ = true;
    return items_.walk(v, body_) || fail(items_.problem());
  }
  if (name == "instructions") return instructions(first);
  if (name == "stream") return boolean(name, first, out_.facts.stream);
  if (name == "tools") return tools(v, first);
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

bool reading::model(od::value v, std::string_view first) {
  std::string_view name;
  if (!is_string(first)) return fail("model must be a string with a model's name");
  if (v.get_string().get(name)) return fail("model holds an escape that JSON does not know");
  if (name.empty()) return fail("model is empty: name a model");
  out_.model_text.assign(name);
  return true;
}

bool reading::instructions(std::string_view first) {
  if (first == "null") return true;
  if (!is_string(first)) return fail("instructions must be a string");
  const auto weight = token_quarters(raw_text(first));
  if (!weight) return fail("instructions holds an escape that JSON does not know");
  quarters_ += *weight;
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

bool reading::boolean(std::string_view name, std::string_view first, bool& to) {
  if (first != "true" && first != "false" && first != "null") {
    return fail(fmt::format("{} must be true or false", name));
  }
  to = first == "true";
  return true;
}

bool reading::tools(od::value v, std::string_view first) {
  if (first == "null") return true;
  if (first.front() != '[') return fail("tools must be an array");
  if (!opaque("tools", v)) return false;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (!value) return false;
  const std::string_view list = json_walk::trim_end(*value);
  out_.facts.tools = list.find('{') != std::string_view::npos;
  quarters_ += raw_quarters(list);
  return true;
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
    out_.facts.json = raw_text(kind) == "json_schema" || raw_text(kind) == "json_object";
    return true;
  });
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (!complete || !value) return false;
  quarters_ += raw_quarters(*value);
  return true;
}

bool reading::limit(std::string_view first) {
  if (first == "null") return true;
  if (!json_walk::read_count(first, out_.facts.output_tokens)) {
    return fail("max_output_tokens must be a whole number");
  }
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
  if (!input_seen_) return fail("input is missing: send a string or an array of items");
  routes::query& facts = out_.facts;
  facts.model = out_.model_text;
  facts.images = items_.images();
  facts.audio = items_.audio();
  facts.reasoning_signed = items_.reasoning_signed();
  facts.input_tokens = (quarters_ + items_.quarters() + 3) / 4;
  facts.body_bytes = body_.size();
  facts.include_usage = true;  // the last event bears it, asked or not
  out_.has_session = !session_.empty();
  if (out_.has_session) {
    facts.conversation = conversation_of_session(session_);
  } else if (!cache_key_.empty()) {
    facts.conversation = stable_hash(2, cache_key_);
  } else {
    facts.conversation = stable_hash(instructions_ ^ items_.opening(), out_.model_text);
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
  out.facts = routes::query{};
  out.facts.in = config::dialect::openai_responses;
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
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

}  // namespace nearfar::providers::openai_responses
