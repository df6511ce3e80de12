#include "providers/dialects/openai_responses/request_parser.hpp"

#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/item_parser.hpp"
#include "providers/dialects/openai_responses/tool_parser.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <string>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

class parsing {
 public:
  bool member(std::string_view name, const json::value& v);
  bool finish();
  chat::chat_request out;
  std::string problem;

 private:
  bool named(std::string_view name, const json::value& v, bool& taken);
  bool sampling(std::string_view name, const json::value& v, bool& taken);
  bool input(const json::value& v);
  bool instructions(const json::value& v);
  bool tools(const json::value& v);
  bool choose(const json::value& v);
  bool text(const json::value& v);
  bool reasoning(const json::value& v);
  bool include(const json::value& v);
  bool boolean(std::string_view name, const json::value& v, std::optional<bool>& to);
  bool number(std::string_view name, const json::value& v, std::optional<double>& to);
  bool count(std::string_view name, const json::value& v, std::optional<std::uint64_t>& to);
  bool string(std::string_view name, const json::value& v, std::string& to);
  bool fail(std::string text);

  bool input_seen_ = false;
  std::optional<chat::message> top_;
};

bool is_known(std::string_view name) {
  for (const std::string_view each : {"model",
                                      "input",
                                      "instructions",
                                      "previous_response_id",
                                      "conversation",
                                      "prompt",
                                      "tools",
                                      "tool_choice",
                                      "parallel_tool_calls",
                                      "max_tool_calls",
                                      "max_output_tokens",
                                      "temperature",
                                      "top_p",
                                      "top_logprobs",
                                      "reasoning",
                                      "text",
                                      "include",
                                      "store",
                                      "background",
                                      "stream",
                                      "stream_options",
                                      "truncation",
                                      "metadata",
                                      "service_tier",
                                      "safety_identifier",
                                      "prompt_cache_key",
                                      "prompt_cache_retention",
                                      "prompt_cache_options",
                                      "context_management",
                                      "moderation",
                                      "user"}) {
    if (each == name) return true;
  }
  return false;
}

bool parsing::fail(std::string what) {
  if (problem.empty()) problem = std::move(what);
  return false;
}

bool parsing::member(std::string_view name, const json::value& v) {
  if (v.is_null() && is_known(name)) return true;
  if (name == "previous_response_id" || name == "conversation" || name == "prompt" ||
      (name == "background" && v != json::value(false))) {
    return fail(
        fmt::format("{} is not supported, as nothing is stored here: send the whole conversation in `input`, "
                    "with `store: false`",
                    name));
  }
  if (name == "store" || name == "background") return true;
  if (name == "truncation" && v == json::value("disabled")) return true;
  bool taken = true;
  if (!named(name, v, taken)) return false;
  if (taken) return true;
  if (!sampling(name, v, taken)) return false;
  if (!taken) out.extra[name] = v;
  return true;
}

bool parsing::named(std::string_view name, const json::value& v, bool& taken) {
  if (name == "model") return string(name, v, out.model);
  if (name == "input") return input(v);
  if (name == "instructions") return instructions(v);
  if (name == "tools") return tools(v);
  if (name == "tool_choice") return choose(v);
  if (name == "text") return text(v);
  if (name == "reasoning") return reasoning(v);
  if (name == "include") return include(v);
  if (name == "user") return string(name, v, out.user);
  if (name == "prompt_cache_key") return string(name, v, out.cache_key);
  taken = false;
  return true;
}

bool parsing::sampling(std::string_view name, const json::value& v, bool& taken) {
  taken = true;
  if (name == "stream") return boolean(name, v, out.stream);
  if (name == "parallel_tool_calls") return boolean(name, v, out.parallel_calls);
  if (name == "max_output_tokens") return count(name, v, out.max_output);
  if (name == "temperature") return number(name, v, out.temperature);
  if (name == "top_p") return number(name, v, out.top_p);
  if (name == "top_logprobs") return count(name, v, out.top_logprobs);
  taken = false;
  return true;
}

bool parsing::boolean(std::string_view name, const json::value& v, std::optional<bool>& to) {
  if (!v.is_bool()) return fail(fmt::format("{} must be true or false", name));
  to = v.get_bool();
  return true;
}

bool parsing::number(std::string_view name, const json::value& v, std::optional<double>& to) {
  to = number_of(v);
  return to.has_value() || fail(fmt::format("{} must be a number", name));
}

bool parsing::count(std::string_view name, const json::value& v, std::optional<std::uint64_t>& to) {
  to = count_of(v);
  return to.has_value() || fail(fmt::format("{} must be a whole number", name));
}

bool parsing::string(std::string_view name, const json::value& v, std::string& to) {
  if (!v.is_string()) return fail(fmt::format("{} must be a string", name));
  to = std::string_view(v.get_string());
  return true;
}

bool parsing::input(const json::value& v) {
  input_seen_ = true;
  if (const json::string* said = v.if_string()) {
    chat::message& only = out.messages.emplace_back();
    only.plain = true;
    only.parts.emplace_back().text = std::string_view(*said);
    return true;
  }
  const json::array* list = v.if_array();
  if (list == nullptr) return fail("input must be a string or an array of items");
  item_parser items;
  for (const json::value& each : *list) {
    if (!items.add(each)) return fail(items.problem());
  }
  out.messages = items.take();
  return true;
}

bool parsing::instructions(const json::value& v) {
  std::string said;
  if (!string("instructions", v, said)) return false;
  top_.emplace();
  top_->who = chat::role::system;
  top_->on_top = true;
  top_->plain = true;
  top_->parts.emplace_back().text = std::move(said);
  return true;
}

bool parsing::tools(const json::value& v) {
  const json::array* list = v.if_array();
  if (list == nullptr) return fail("tools must be an array");
  for (const json::value& each : *list) {
    auto found = parse_tool(each);
    if (!found)
      return fail(fmt::format("tools[{}] must be an object with a type and a name", out.tools.size()));
    out.tools.push_back(*std::move(found));
  }
  return true;
}

bool parsing::choose(const json::value& v) {
  out.choose = parse_choice(v);
  return out.choose.has_value() ||
         fail("tool_choice must be \"auto\", \"none\", \"required\" or an object with a type");
}

bool parsing::text(const json::value& v) {
  const json::object* object = v.if_object();
  if (object == nullptr) return fail("text must be an object");
  if (const json::object* format = object_at(*object, "format")) {
    out.format = parse_format(*format);
    if (!out.format) return fail("text.format.type must be \"text\", \"json_object\" or \"json_schema\"");
  }
  json::object more = rest_of(*object, {"format"});
  if (const json::value* length = more.if_contains("verbosity"); length != nullptr && length->is_null()) {
    more.stable_erase("verbosity");
  }
  if (!more.empty()) out.extra["text"] = std::move(more);
  return true;
}

bool parsing::reasoning(const json::value& v) {
  const json::object* object = v.if_object();
  if (object == nullptr) return fail("reasoning must be an object");
  chat::reasoning& think = out.think.emplace();
  think.effort = string_at(*object, "effort");
  if (think.effort == "none") think.enabled = false;
  think.extra = rest_of(*object, {"effort"});
  // "auto" is what is written where thoughts are to be shown.
  const std::string_view summary = string_at(*object, "summary");
  if (!summary.empty()) think.shown = true;
  if (summary.empty() || summary == "auto") think.extra.stable_erase("summary");
  if (think.effort.empty() && !think.shown && think.extra.empty()) out.think.reset();
  return true;
}

bool parsing::include(const json::value& v) {
  const json::array* list = v.if_array();
  if (list == nullptr) return fail("include must be an array of strings");
  json::array more;
  for (const json::value& each : *list) {
    if (each == json::value("message.output_text.logprobs")) {
      out.logprobs = true;
    } else if (each != json::value("reasoning.encrypted_content")) {
      more.push_back(each);
    }
  }
  if (!more.empty()) out.extra["include"] = std::move(more);
  return true;
}

bool parsing::finish() {
  if (out.model.empty()) return fail("model is missing: name a model");
  if (!input_seen_) return fail("input is missing: send a string or an array of items");
  if (top_) out.messages.insert(out.messages.begin(), *std::move(top_));
  return true;
}

routes::error refused(std::string why) {
  auto made = routes::make_error(routes::error_kind::bad_request, std::move(why));
  made.side = routes::error_side::downstream;
  return made;
}

}  // namespace

routes::result<chat::chat_request> parse_request(std::string_view body) {
  json::parse_options options;
  options.numbers = json::number_precision::precise;
  options.max_depth = 72;  // the reader's 64, with room for where it begins to count
  boost::system::error_code failed;
  const json::value root = json::parse(body, failed, {}, options);
  if (failed) return refused("the body is not valid JSON: check its brackets, commas and quotes");
  const json::object* object = root.if_object();
  if (object == nullptr) return refused("the body must be a JSON object");
  parsing read;
  read.out.from = config::dialect::openai_responses;
  for (const auto& each : *object) {
    if (!read.member(each.key(), each.value())) return refused(std::move(read.problem));
  }
  if (!read.finish()) return refused(std::move(read.problem));
  return std::move(read.out);
}

}  // namespace nearfar::providers::openai_responses
