#include "providers/dialects/anthropic_messages/request_parser.hpp"

#include "providers/dialects/anthropic_messages/block_parser.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <limits>

namespace nearfar::providers::anthropic_messages {
namespace {

using chat::chat_request;

class parsing {
 public:
  explicit parsing(chat_request& out) : out_(out) {}

  bool body(const json::object& top) {
    for (const auto& each : top) {
      if (each.value().is_null()) continue;
      if (!member(each.key(), each.value())) return false;
    }
    if (out_.model.empty()) return fail("model is missing: name a model");
    if (!messages_seen_) return fail("messages is missing: send a list of messages");
    return true;
  }

  std::string problem;

 private:
  bool fail(std::string text) {
    if (problem.empty()) problem = std::move(text);
    return false;
  }

  bool member(std::string_view name, const json::value& v) {
    if (name == "model") return string("model", v, out_.model);
    if (name == "messages") return messages(v);
    if (name == "system") return system(v);
    if (name == "max_tokens") return count(name, v, out_.max_output);
    if (name == "temperature") return number(name, v, out_.temperature);
    if (name == "top_p") return number(name, v, out_.top_p);
    if (name == "top_k") return whole(name, v, out_.top_k);
    if (name == "stop_sequences") return stop(v);
    if (name == "stream") return boolean(name, v, out_.stream);
    if (name == "tools") return tools(v);
    if (name == "tool_choice") return tool_choice(v);
    if (name == "thinking") return thinking(v);
    if (name == "output_config") return output_config(v);
    if (name == "metadata") return metadata(v);
    out_.extra.emplace(name, v);
    return true;
  }

  bool string(std::string_view name, const json::value& v, std::string& to) {
    const json::string* text = v.if_string();
    if (!text) return fail(fmt::format("{} must be a string", name));
    to.assign(view(*text));
    return true;
  }

  bool boolean(std::string_view name, const json::value& v, std::optional<bool>& to) {
    if (!v.is_bool()) return fail(fmt::format("{} must be true or false", name));
    to = v.get_bool();
    return true;
  }

  bool number(std::string_view name, const json::value& v, std::optional<double>& to) {
    if (!v.is_number()) return fail(fmt::format("{} must be a number", name));
    to = v.to_number<double>();
    return true;
  }

  bool whole(std::string_view name, const json::value& v, std::optional<std::int64_t>& to) {
    boost::system::error_code failed;
    const auto value = v.is_number() ? v.to_number<std::int64_t>(failed) : 0;
    if (!v.is_number() || failed) return fail(fmt::format("{} must be a whole number", name));
    to = value;
    return true;
  }

  bool count(std::string_view name, const json::value& v, std::optional<std::uint64_t>& to) {
    std::optional<std::int64_t> value;
    if (!whole(name, v, value)) return false;
    if (*value < 0) return fail(fmt::format("{} must not be negative", name));
    to = static_cast<std::uint64_t>(*value);
    return true;
  }

  bool system(const json::value& v) {
    chat::message top;
    top.who = chat::role::system;
    top.on_top = true;
    const std::string wrong = parse_content(v, top.parts, top.plain);
    if (!wrong.empty()) return fail("system" + wrong);
    out_.messages.insert(out_.messages.begin(), std::move(top));
    return true;
  }

  bool messages(const json::value& v) {
    const json::array* list = v.if_array();
    if (!list) return fail("messages must be a list: send [{\"role\": \"user\", \"content\": \"...\"}]");
    messages_seen_ = true;
    std::size_t index = 0;
    for (const json::value& each : *list) {
      if (const std::string wrong = message(each); !wrong.empty())
        return fail(fmt::format("messages[{}]{}", index, wrong));
      ++index;
    }
    return true;
  }

  std::string message(const json::value& v) {
    const json::object* object = v.if_object();
    if (!object) return " must be an object with role and content";
    chat::message made;
    const json::string* role = string_in(*object, "role");
    if (role && *role == "user") {
      made.who = chat::role::user;
    } else if (role && *role == "assistant") {
      made.who = chat::role::assistant;
    } else if (role && *role == "system") {
      made.who = chat::role::system;
    } else {
      return ".role must be \"user\" or \"assistant\"";
    }
    const json::value* content = object->if_contains("content");
    if (!content) return ".content is missing";
    if (const std::string wrong = parse_content(*content, made.parts, made.plain); !wrong.empty())
      return ".content" + wrong;
    made.extra = *object;
    made.extra.stable_erase("role");
    made.extra.stable_erase("content");
    out_.messages.push_back(std::move(made));
    return {};
  }

  bool stop(const json::value& v) {
    const json::array* list = v.if_array();
    if (!list) return fail("stop_sequences must be a list of strings");
    for (const json::value& each : *list) {
      if (!string("stop_sequences[]", each, out_.stop.emplace_back())) return false;
    }
    return true;
  }

  bool tools(const json::value& v) {
    const json::array* list = v.if_array();
    if (!list) return fail("tools must be a list");
    std::size_t index = 0;
    for (const json::value& each : *list) {
      if (const std::string wrong = tool(each); !wrong.empty())
        return fail(fmt::format("tools[{}]{}", index, wrong));
      ++index;
    }
    return true;
  }

  std::string tool(const json::value& v) {
    const json::object* object = v.if_object();
    if (!object) return " must be an object";
    if (const json::value* said = object->if_contains("type"); said && !said->is_string() && !said->is_null())
      return ".type must be a string";
    chat::tool& made = out_.tools.emplace_back();
    const json::string* type = string_in(*object, "type");
    const json::string* name = string_in(*object, "name");
    if (name) made.name.assign(view(*name));
    made.extra = *object;
    if (type && *type != "custom") {
      made.form = chat::tool_form::hosted;
      return {};
    }
    if (!name || name->empty()) return ".name must be a string";
    made.extra.stable_erase("name");
    made.extra.stable_erase("type");
    if (const json::value* text = object->if_contains("description")) {
      if (!text->is_string() && !text->is_null()) return ".description must be a string";
      if (text->is_string()) made.description.assign(view(text->get_string()));
      made.extra.stable_erase("description");
    }
    if (const json::value* schema = object->if_contains("input_schema")) {
      if (!schema->is_object() && !schema->is_null()) return ".input_schema must be an object";
      made.parameters = *schema;
      made.extra.stable_erase("input_schema");
    }
    if (const json::value* strict = object->if_contains("strict")) {
      if (!strict->is_bool() && !strict->is_null()) return ".strict must be true or false";
      if (strict->is_bool()) made.strict = strict->get_bool();
      made.extra.stable_erase("strict");
    }
    return {};
  }

  bool tool_choice(const json::value& v) {
    const json::object* object = v.if_object();
    const json::string* type = object ? string_in(*object, "type") : nullptr;
    if (!type) return fail("tool_choice must be an object such as {\"type\": \"auto\"}");
    chat::tool_choice& made = out_.choose.emplace();
    made.extra = *object;
    if (*type == "any" || *type == "tool") {
      made.mode = chat::choice_mode::required;
    } else if (*type == "none") {
      made.mode = chat::choice_mode::none;
    } else if (*type != "auto") {
      return true;  // a form of its own: all of it stays in `extra`
    }
    if (*type == "tool") {
      const json::string* name = string_in(*object, "name");
      if (!name || name->empty()) return fail("tool_choice.name must be a tool's name");
      made.names.emplace_back(view(*name));
      made.extra.stable_erase("name");
    }
    made.extra.stable_erase("type");
    if (const json::value* one = object->if_contains("disable_parallel_tool_use")) {
      if (!one->is_bool() && !one->is_null())
        return fail("tool_choice.disable_parallel_tool_use must be true or false");
      if (one->is_bool()) out_.parallel_calls = !one->get_bool();
      made.extra.stable_erase("disable_parallel_tool_use");
    }
    return true;
  }

  chat::reasoning& think() { return out_.think ? *out_.think : out_.think.emplace(); }

  bool thinking(const json::value& v) {
    const json::object* object = v.if_object();
    const json::string* type = object ? string_in(*object, "type") : nullptr;
    if (!type) return fail("thinking must be an object such as {\"type\": \"adaptive\"}");
    chat::reasoning& made = think();
    made.extra = *object;
    made.enabled = *type != "disabled";
    const json::value* budget = object->if_contains("budget_tokens");
    if (*type == "enabled" && budget) {
      std::optional<std::int64_t> tokens;
      if (!whole("thinking.budget_tokens", *budget, tokens)) return false;
      if (*tokens < 0) return fail("thinking.budget_tokens must not be negative");
      made.budget = tokens;
      made.extra.stable_erase("budget_tokens");
      made.extra.stable_erase("type");
    } else if (*type == "adaptive") {
      made.budget = -1;
      made.extra.stable_erase("type");
    } else if (*type == "disabled") {
      made.extra.stable_erase("type");
    }
    const json::string* display = string_in(*object, "display");
    if (display && (*display == "summarized" || *display == "omitted")) {
      made.shown = *display == "summarized";
      made.extra.stable_erase("display");
    }
    return true;
  }

  bool output_config(const json::value& v) {
    const json::object* object = v.if_object();
    if (!object) return fail("output_config must be an object");
    json::object rest = *object;
    if (const json::string* effort = string_in(*object, "effort"); effort && !effort->empty()) {
      think().effort.assign(view(*effort));
      rest.stable_erase("effort");
    }
    const json::object* format = object_in(*object, "format");
    const json::string* type = format ? string_in(*format, "type") : nullptr;
    const json::value* schema = format ? format->if_contains("schema") : nullptr;
    if (type && *type == "json_schema" && schema) {
      chat::response_format& made = out_.format.emplace();
      made.kind = chat::format_kind::json_schema;
      made.schema = *schema;
      made.extra = *format;
      made.extra.stable_erase("type");
      made.extra.stable_erase("schema");
      rest.stable_erase("format");
    }
    if (!rest.empty()) out_.extra.emplace("output_config", std::move(rest));
    return true;
  }

  bool metadata(const json::value& v) {
    const json::object* object = v.if_object();
    if (!object) return fail("metadata must be an object");
    json::object rest = *object;
    if (const json::string* user = string_in(*object, "user_id"); user && !user->empty()) {
      out_.user.assign(view(*user));
      rest.stable_erase("user_id");
    }
    if (!rest.empty()) out_.extra.emplace("metadata", std::move(rest));
    return true;
  }

  chat_request& out_;
  bool messages_seen_ = false;
};

}  // namespace

routes::result<chat_request> parse_request(std::string_view body) {
  chat_request out;
  out.from = config::dialect::anthropic_messages;
  parsing work{out};
  const auto v = parse_json(body);
  const json::object* top = v ? v->if_object() : nullptr;
  if (!v) {
    work.problem = "the body is not valid JSON, or is nested deeper than 64 levels";
  } else if (!top) {
    work.problem = "the body must be a JSON object";
  } else if (work.body(*top)) {
    return out;
  }
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(work.problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace nearfar::providers::anthropic_messages
