#include "providers/dialects/openai_chat/request_parser.hpp"

#include "providers/dialects/json_fields.hpp"
#include "providers/dialects/openai_chat/message_parser.hpp"
#include "providers/dialects/openai_chat/tool_parser.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <cmath>
#include <utility>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;

namespace {

constexpr std::size_t deepest = 80;  // the facts walk refuses above 64

struct number_place {
  std::string_view name;
  std::optional<double> chat::chat_request::* to;
};

constexpr number_place numbers[] = {
    {"temperature", &chat::chat_request::temperature},
    {"top_p", &chat::chat_request::top_p},
    {"frequency_penalty", &chat::chat_request::frequency_penalty},
    {"presence_penalty", &chat::chat_request::presence_penalty},
};

struct count_place {
  std::string_view name;
  std::optional<std::uint64_t> chat::chat_request::* to;
};

constexpr count_place counts[] = {
    {"n", &chat::chat_request::choices},
    {"top_logprobs", &chat::chat_request::top_logprobs},
};

class parsing {
 public:
  explicit parsing(chat::chat_request& to) : to_(to) {}

  bool body(json::object& from);
  std::string problem;

 private:
  bool member(std::string_view name, json::value& v);
  bool known(std::string_view name, json::value& v, bool& found);
  bool messages(json::value& v);
  bool tools(std::string_view name, json::value& v);
  bool limit(std::string_view name, json::value& v);
  bool stop(json::value& v);
  bool format(json::value& v);
  bool stream_options(json::value& v);
  bool whole(std::string_view name, json::value& v, std::optional<std::int64_t>& to);
  bool boolean(std::string_view name, json::value& v, std::optional<bool>& to);
  bool text(std::string_view name, json::value& v, std::string& to);
  bool fail(std::string_view name, std::string_view what) {
    problem = fmt::format("{} {}", name, what);
    return false;
  }

  chat::chat_request& to_;
};

bool parsing::body(json::object& from) {
  for (auto& each : from) {
    if (!member(each.key(), each.value())) return false;
  }
  if (!from.contains("messages")) return fail("messages", "is missing: send an array of messages");
  if (to_.model.empty()) return fail("model", "is missing: name a model");
  return true;
}

bool parsing::member(std::string_view name, json::value& v) {
  if (v.is_null() && name != "messages") {
    to_.spelling[name] = nullptr;
    return true;
  }
  bool found = false;
  if (!known(name, v, found)) return false;
  if (!found) to_.extra[name] = std::move(v);
  return true;
}

bool parsing::known(std::string_view name, json::value& v, bool& found) {
  found = true;
  if (name == "model") return text(name, v, to_.model);
  if (name == "messages") return messages(v);
  if (name == "tools" || name == "functions") return tools(name, v);
  if (name == "tool_choice" || name == "function_call") {
    to_.spelling[name] = v;
    if (to_.choose && name == "function_call") return true;
    return parse_tool_choice(v, to_.choose.emplace()) ||
           fail(name, "is none of auto, none, required and a tool");
  }
  if (name == "parallel_tool_calls") return boolean(name, v, to_.parallel_calls);
  if (name == "max_tokens" || name == "max_completion_tokens") return limit(name, v);
  if (name == "stop") return stop(v);
  if (name == "seed") return whole(name, v, to_.seed);
  if (name == "top_k") return whole(name, v, to_.top_k);
  if (name == "logprobs") return boolean(name, v, to_.logprobs);
  if (name == "stream") return boolean(name, v, to_.stream);
  if (name == "stream_options") return stream_options(v);
  if (name == "response_format") return format(v);
  if (name == "prompt_cache_key") return text(name, v, to_.cache_key);
  if (name == "user") {
    to_.spelling[name] = v;  // or else nobody knows whether it was said so, or as safety_identifier
    return text(name, v, to_.user);
  }
  if (name == "safety_identifier" && v.is_string()) {
    to_.spelling[name] = v;
    if (to_.user.empty()) to_.user = to_text(v);
    return true;
  }
  if (says_effort(name)) {
    chat::reasoning think = to_.think.value_or(chat::reasoning{});
    if (parse_effort(name, v, think)) {
      to_.think = std::move(think);
      to_.spelling[name] = std::move(v);
      return true;
    }
  }
  for (const auto& each : numbers) {
    if (name != each.name) continue;
    if (!v.is_number()) return fail(name, "must be a number");
    to_.*each.to = v.to_number<double>();
    return true;
  }
  for (const auto& each : counts) {
    if (name != each.name) continue;
    boost::system::error_code wrong;
    to_.*each.to = v.to_number<std::uint64_t>(wrong);
    return !wrong || fail(name, "must be a whole number");
  }
  found = false;
  return true;
}

bool parsing::messages(json::value& v) {
  json::array* list = v.if_array();
  if (list == nullptr)
    return fail("messages", "must be an array: send [{\"role\": \"user\", \"content\": \"...\"}]");
  message_parser parser;
  to_.messages.reserve(list->size());
  for (json::value& each : *list) {
    if (parser.parse(each, to_.messages.emplace_back())) continue;
    problem = parser.problem();
    return false;
  }
  return true;
}

bool parsing::tools(std::string_view name, json::value& v) {
  json::array* list = v.if_array();
  if (list == nullptr) return fail(name, "must be an array");
  if (list->empty()) to_.spelling[name] = json::array{};
  for (json::value& each : *list) {
    const bool fine = name == "tools" ? parse_tool(each, to_.tools.emplace_back())
                                      : parse_function(each, to_.tools.emplace_back());
    if (!fine) return fail(name, "has a tool that is none: send {\"type\": \"function\", ...}");
  }
  return true;
}

bool parsing::limit(std::string_view name, json::value& v) {
  if (!v.is_number()) return fail(name, "must be a whole number");
  boost::system::error_code wrong;
  const auto count = v.to_number<std::int64_t>(wrong);
  to_.spelling[name] = v;
  // -1 is "no limit" for clients of local servers. The newer member counts where both are there.
  if (wrong || count <= 0) return true;
  if (!to_.max_output || name == "max_completion_tokens") to_.max_output = static_cast<std::uint64_t>(count);
  return true;
}

bool parsing::stop(json::value& v) {
  if (v.is_string()) {
    to_.stop.push_back(to_text(v));
    to_.spelling["stop"] = std::move(v);
    return true;
  }
  const json::array* list = v.if_array();
  if (list == nullptr) return fail("stop", "must be a string or an array of strings");
  if (list->empty()) to_.spelling["stop"] = json::array{};
  for (const json::value& each : *list) {
    if (!each.is_string()) return fail("stop", "must be a string or an array of strings");
    to_.stop.push_back(to_text(each));
  }
  return true;
}

bool parsing::format(json::value& v) {
  to_.spelling["response_format"] = v;
  return parse_format(v, to_.format.emplace()) ||
         fail("response_format", "must be an object such as {\"type\": \"json_object\"}");
}

bool parsing::stream_options(json::value& v) {
  const json::object* object = v.if_object();
  if (object == nullptr) return fail("stream_options", "must be an object or null");
  if (const json::value* usage = object->if_contains("include_usage");
      usage != nullptr && !usage->is_null()) {
    if (!usage->is_bool()) return fail("stream_options.include_usage", "must be true or false");
    to_.include_usage = usage->as_bool();
  }
  to_.spelling["stream_options"] = std::move(v);
  return true;
}

bool parsing::whole(std::string_view name, json::value& v, std::optional<std::int64_t>& to) {
  if (!v.is_number()) return fail(name, "must be a whole number");
  boost::system::error_code wrong;
  to = v.to_number<std::int64_t>(wrong);
  return !wrong || fail(name, "must be a whole number");
}

bool parsing::boolean(std::string_view name, json::value& v, std::optional<bool>& to) {
  if (!v.is_bool()) return fail(name, "must be true or false");
  to = v.as_bool();
  return true;
}

bool parsing::text(std::string_view name, json::value& v, std::string& to) {
  if (!v.is_string()) return fail(name, "must be a string");
  to = to_text(v);
  if (to.empty()) to_.spelling[name] = std::move(v);
  return true;
}

routes::error refusal(std::string problem) {
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace

routes::result<chat::chat_request> parse_request(std::string_view body) {
  json::parse_options options;
  options.max_depth = deepest;
  options.numbers = json::number_precision::precise;
  boost::system::error_code failed;
  json::value root = json::parse(body, failed, {}, options);
  if (failed) return refusal("the body is not valid JSON: check its brackets, commas and quotes");
  json::object* object = root.if_object();
  if (object == nullptr) return refusal("the body must be a JSON object");
  chat::chat_request request;
  request.from = config::dialect::openai_chat;
  parsing walk{request};
  if (!walk.body(*object)) return refusal(std::move(walk.problem));
  return request;
}

}  // namespace nearfar::providers::openai_chat
